{#- A statistic as a JSON number with at most `places` places, never with an exponent; null stays null. -#}
{% macro exact_rounded(value, places=6) -%}
    {{ exact("cast(round(" ~ value ~ ", " ~ places ~ ") as decimal(18, " ~ places ~ "))") }}
{%- endmacro %}
