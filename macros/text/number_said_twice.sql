{#- A number followed by the same or another number in brackets: `fifty percent (50%)`, `three (3) years`. -#}
{% macro number_said_twice() -%}
    {{- return('([0-9.]+(?: [1-9] / [2-9])?)( %)? [(] ([0-9.]+(?: [1-9] / [2-9])?)( %)? [)]( %)?') -}}
{%- endmacro %}
