{#- The text with thousands commas taken out of well-formed numbers: `1,200` is 1200. A comma between digits that is left
    (`5,5`, `0,05`, `1,20`) is a decimal comma or a slip, and the caller rejects it. -#}
{% macro thousands_joined(expression) -%}
    {{ rewritten(expression, [
        ['(^|[^0-9.,])([1-9][0-9]{0,2}),([0-9]{3}),([0-9]{3})\\b', '\\1\\2\\3\\4'],
        ['(^|[^0-9.,])([1-9][0-9]{0,2}),([0-9]{3})\\b', '\\1\\2\\3'],
    ]) }}
{%- endmacro %}
