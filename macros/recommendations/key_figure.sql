{#- A rate as it stands in a recommendation's key, in percent: 0.06 is `_6`, 0.035 is `_3_5`. -#}
{% macro key_figure(rate) -%}
    '_' || replace({{ decimal_text("cast(" ~ rate ~ " * 100 as decimal(9, 4))") }}, '.', '_')
{%- endmacro %}
