{#- The text with its number words as figures: `fifty percent` 50 percent, `twenty-five pct` 25 pct, `three and one-half`
    3 and 1 / 2. Words go up to one hundred; what does not compose (`one hundred ten`) stays two numbers, which no rate is. -#}
{% macro number_words_written(expression) -%}
    {%- set words = {
        'zero': 0, 'one': 1, 'two': 2, 'three': 3, 'four': 4, 'five': 5, 'six': 6, 'seven': 7, 'eight': 8, 'nine': 9, 'ten': 10,
        'eleven': 11, 'twelve': 12, 'thirteen': 13, 'fourteen': 14, 'fifteen': 15, 'sixteen': 16, 'seventeen': 17,
        'eighteen': 18, 'nineteen': 19, 'twenty': 20, 'thirty': 30, 'forty': 40, 'fourty': 40, 'fifty': 50, 'sixty': 60,
        'seventy': 70, 'eighty': 80, 'ninety': 90, 'a hundred': 100, 'hundred': 100,
    } -%}
    {%- set ns = namespace(rules=[['([a-z])(percent|pct)\\b', '\\1 \\2'], ['\\bhalves\\b', 'half'], ['\\b(half|third|quarter|fourth|fifth)s\\b', '\\1']]) -%}
    {%- for word, figure in words.items() -%}
        {%- set ns.rules = ns.rules + [['\\b' ~ word ~ '\\b', '#' ~ figure]] -%}
    {%- endfor -%}
    {%- set ns.rules = ns.rules + [
        ['(#[2-9]0)-#', '\\1 #'], ['-(half|third|quarter|fourth|fifth)\\b', ' \\1'],
        ['\\ba (half|third|quarter|fourth|fifth)\\b', '#1 \\1'],
    ] -%}
    case
        when regexp_matches({{ expression }}, '[a-z]{3}') and not contains({{ expression }}, '#')
            then {{ numbers_composed(rewritten(expression, ns.rules)) }}
        else {{ expression }}
    end
{%- endmacro %}
