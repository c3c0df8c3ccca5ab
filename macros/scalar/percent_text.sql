{#- A fraction as people write a rate: 0.055 is `5.5%`. -#}
{% macro percent_text(rate) -%}
    regexp_replace(cast({{ rate }} * 100 as varchar), '\.?0+$', '') || '%'
{%- endmacro %}
