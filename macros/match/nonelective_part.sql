{#- The stretch of a match formula that speaks of nonelective money. -#}
{% macro nonelective_part() -%}
    {%- set inner = '<(?:service|range|hours|lastday|waityears|waitmonths|waitdays):?[^>]*>' -%}
    {{- return('(?:[^<>;,(+]|' ~ inner ~ ')*\\bnonelective\\b(?:[^<>;]|' ~ inner ~ '|<discretionary:>)*') -}}
{%- endmacro %}
