{#- A rate's plain text in the one spelling that rates are read from: `5.5%`, `550bp`, `33_1/3%`, a bare `0.03`; `3%~5%` for a
    range, `3%|5%` for several values, `5(5)%` for words and figures. What is no rate keeps a word or sign that no rule reads. -#}
{% macro rate_number() -%}
    {{- return('(?:[0-9]+_)?[0-9]{1,2}/[0-9]{1,2}|[0-9]+(?:\\.[0-9]+)?') -}}
{%- endmacro %}

{% macro rate_spelled(plain) -%}
    {%- set signs = [
        ['\\x{FE6A}', '%'], ['([0-9])([a-z])', '\\1 \\2'],
        ['\\x{2155}', ' 1/5'], ['\\x{2156}', ' 2/5'], ['\\x{2157}', ' 3/5'], ['\\x{2158}', ' 4/5'], ['\\x{2159}', ' 1/6'],
        ['\\x{215A}', ' 5/6'], ['\\x{2150}', ' 1/7'], ['\\x{2151}', ' 1/9'], ['\\x{2152}', ' 1/10'],
    ] -%}
    {%- set units = [
        [' ?(?:percentage points?|percentages?|percents?|per cents?|pcts?)\\b\\.?', '%'], [' ?(?:basis points?|bps?)\\b\\.?', 'bp'],
        [' %', '%'], ['% points?\\b', '%'],
        ['^([1-9]) ?/ ?([2-9]) (?:of 1|of a|a) ?%', '\\1/\\2%'],
    ] -%}
    {#- notes that settle nothing; any other word stays, and makes the text no rate -#}
    {%- set notes = [
        [' of (?:the |employee |employees\' |eligible |annual |base |gross |total |covered |plan )*(?:pay|compensation|comp|salary|earnings|wages)\\b', ''],
        [',? (?:effective|eff\\.?) (?:as of )?(?:[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2})$', ''],
        [',? per (?:the )?plan document$', ''], [',? subject to irc 401\\(a\\)\\(17\\)$', ''],
    ] -%}
    {%- set figures = [
        ['([0-9])\\.(%|bp|$)', '\\1\\2'], ['(^|[^0-9.])\\.([0-9])', '\\10.\\2'],
        ['(\\.[0-9]*[1-9])0+([^0-9]|$)', '\\1\\2'], ['\\.0+([^0-9.]|$)', '\\1'],
        ['^\\+ ?([0-9])', '\\1'], ['^% ?([0-9./ ]+)$', '\\1%'],
        ['\\b([0-9]+)(?: and | )([0-9]{1,2}) ?/ ?([0-9]{1,2})([^0-9]|$)', '\\1_\\2/\\3\\4'],
        ['^([1-9][0-9]*)-([0-9]{1,2})/([0-9]{1,2})([^0-9]|$)', '\\1_\\2/\\3\\4'],
        ['([0-9]) / ([0-9])', '\\1/\\2'],
    ] -%}
    {%- set joiners = [
        ['^between (.+) and (.+)$', '\\1~\\2'], ['^from (.+) (?:to|through|thru) (.+)$', '\\1~\\2'],
        ['([0-9%p]) ?(?:-|to|through|thru) ?([0-9])', '\\1~\\2'],
        ['([%p]) ?(?:,|;|/|&|or|and) ?([0-9])', '\\1|\\2'], ['([0-9]) ?(?:;|&|, |or |and ) ?([0-9])', '\\1|\\2'],
        [' ?([(]) ?', '\\1'], [' ?([)]) ?', '\\1'],
    ] -%}
    {{ rewritten(thousands_joined(number_words_written(rewritten(plain, signs))), units + notes + figures + joiners) }}
{%- endmacro %}
