{#- The value at a position (from 0) of the sorted list that a histogram stands for; plans_through: how many values end with each row. -#}
{% macro order_value(position) -%}
    min(value) filter (where plans_through > {{ position }})
{%- endmacro %}

{#- The percentiles of the contract, the smallest and largest among them, in percent. -#}
{% macro peer_percentiles() -%}
    {{- return([['smallest', 0], ['p25', 25], ['median', 50], ['p75', 75], ['p90', 90], ['largest', 100]]) -}}
{%- endmacro %}
