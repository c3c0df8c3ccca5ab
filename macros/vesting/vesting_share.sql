{#- The fraction parts / whole, exact to 10 places (a half rounds up), in integer arithmetic: DuckDB divides in binary floating point. -#}
{% macro vesting_share(parts, whole) -%}
    cast(cast(((2 * ({{ parts }}) * 10000000000 + ({{ whole }})) // (2 * ({{ whole }}))) as decimal(16, 0)) * 0.0000000001 as decimal(18, 12))
{%- endmacro %}
