{#- A decimal as text with the digits that it has: 0.060000000000 is `0.06`, 1.000000000000 is `1`. Never an exponent. -#}
{% macro decimal_text(value) -%}
    rtrim(rtrim(cast({{ value }} as varchar), '0'), '.')
{%- endmacro %}
