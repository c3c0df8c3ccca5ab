{#- Number words as digits, ones and tens composed, words for fractions as fractions: `#30 #3 and #1 third %` is `33 1 / 3 %`. -#}
{% macro numbers_composed(expression) -%}
    {%- set rules = [
        ['#([2-9])0 #([1-9])\\b', '#\\1\\2'],
        ['(?:#1 )?#100\\b', '#100'], ['#([2-9]) #100\\b', '#\\100'],
        ['#([1-9])00 (?:and )?#([1-9][0-9])\\b', '#\\1\\2'], ['#([1-9])00 (?:and )?#([1-9])\\b', '#\\10\\2'],
        ['#([0-9]+)', '\\1'],
        ['\\b1 half\\b', '1 / 2'], ['\\bhalf\\b', '1 / 2'],
        ['\\b([1-3]) (?:quarter|fourth)\\b', '\\1 / 4'], ['\\b([12]) third\\b', '\\1 / 3'], ['\\b([1-4]) fifth\\b', '\\1 / 5'],
        ['\\b([0-9]+) and ([1-9]) / ([2-9])\\b', '\\1 \\2 / \\3'],
    ] -%}
    {{ rewritten(expression, rules) }}
{%- endmacro %}
