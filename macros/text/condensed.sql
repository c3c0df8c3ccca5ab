{#- Terms with their numbers condensed to one token each, which is what the grammars are written in:
    `6%` `33_1/3%` `550bp` `$2000` `5y` `6mo` `90d` `1000h`, a date `@date`, a range of percents `[3%..5%]`. -#}
{% macro condensed(expression) -%}
    {%- set number = '[0-9]+(?:\\.[0-9]+)?' -%}
    {%- set rules = [
        ['\\b([0-9]+) (?:and )?([1-9]) / ([2-9]) %', '\\1_\\2/\\3%'],
        ['(^|[^0-9/] )([1-9]) / ([2-9]) (?:of )?(?:1 )?%', '\\1 0_\\2/\\3%'],
        ['\\b([0-9]+) and ([1-9]) / ([2-9])\\b', '\\1_\\2/\\3'],
        ['(' ~ number ~ ') %( points?)?', '\\1%'],
        ['(' ~ number ~ ') (?:bp|basis points)', '\\1bp'],
        ['\\$ (' ~ number ~ ') k\\b', '$\\1000'],
        ['\\$ (' ~ number ~ ')', '$\\1'],
        ['\\b[0-9]{1,2} / [0-9]{1,2} / (?:19|20)?[0-9]{2}\\b', '@date'],
        ['\\b(?:19|20)[0-9]{2} - [0-9]{1,2} - [0-9]{1,2}\\b', '@date'],
        ['\\b[0-9]{1,2} - [0-9]{1,2} - (?:19|20)[0-9]{2}\\b', '@date'],
        ['\\b(?:monthname|may) (?:[0-9]{1,2}(?:th)? )?(?:, )?(?:19|20)[0-9]{2}\\b', '@date'],
        ['\\b[0-9]{1,2} (?:- )?(?:monthname|may) (?:- |, )?(?:19|20)[0-9]{2}\\b', '@date'],
        ['(^|[^$0-9.])(' ~ number ~ ') year\\b', '\\1\\2y'], ['(' ~ number ~ ') month\\b', '\\1mo'],
        ['(' ~ number ~ ') day\\b', '\\1d'], ['(' ~ number ~ ') hour\\b', '\\1h'], ['(' ~ number ~ ') week\\b', '\\1wk'],
        ['(^| )(?:plan year )?(?:19|20)[0-9]{2}(?: plan year)?( |$)', '\\1@date\\2'],
    ] -%}
    {{ rewritten(expression, rules) }}
{%- endmacro %}
