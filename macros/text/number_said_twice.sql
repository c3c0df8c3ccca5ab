{#- A number followed by the same or another number in brackets: `fifty percent (50%)`, `three (3) years`. -#}
{% macro number_said_twice() -%}
    {%- set number = '([0-9.]+(?: [1-9] / [2-9])?)' -%}
    {{- return(number ~ '( %)? [(] ' ~ number ~ '( %)? [)]( %)?') -}}
{%- endmacro %}

{#- The text with such a number once, a percent where either of the two says so. -#}
{% macro said_once(expression) -%}
    {%- set number = '([0-9.]+(?: [1-9] / [2-9])?)' -%}
    {{- rewritten(expression, [
        [number ~ ' % [(] ' ~ number ~ '(?: %)? [)](?: %)?', '\\1 %'],
        [number ~ ' [(] ' ~ number ~ ' % [)](?: %)?', '\\1 %'],
        [number ~ ' [(] ' ~ number ~ ' [)]', '\\1'],
    ]) -}}
{%- endmacro %}
