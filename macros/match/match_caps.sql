{#- What bounds the match from outside its tiers: a dollar cap a year `<cap:2000>`, a dollar cap for a shorter period
    `<periodcap:>`, a stated maximum of the match `<max:3%>`, and `<maxfor:3%:5%>`, max match of X for up to Y. -#}
{% macro match_caps() -%}
    {%- set t = token_patterns() -%}
    {%- set p = '(' ~ t.percent ~ ')' -%}
    {%- set money = '(' ~ t.money ~ ')' -%}
    {%- set bound = '(?:\\b(?:match|total|of|at|to|is|:|by|annual|dollar|but) )*\\b(?:max|not_over|up_to|total match|total)(?: (?:of|at|to|is|by|match|:|total|annual|not_over|up_to|dollar|max|per employee))*' -%}
    {%- set year = '(?:annual|(?:per|each|in|for|in any|any|for each|for any|/) (?:plan )?year|year|per employee)' -%}
    {%- set period = '(?:payperiod|monthly|quarterly|weekly|(?:per|each|/) (?:month|quarter|week|payperiod|pay))' -%}
    {{- return([
        ['\\bpay(?: ,)?((?: (?:pay|up_to|max|not_over|of|at|to|first))* \\$(?:[3-9][0-9]{4}|[1-9][0-9]{5,}))', 'pay paylimit \\1'],
        ['\\b(?:match )?max(?: (?:match|of|is|:))* ' ~ p ~ '(?: of pay)?(?: (?:match|for|of))* (?:up_to|first|on|on first) ' ~ p ~ '(?: (?:of|in)? ?(?:deferral|pay|employee))*', '<maxfor:\\1:\\2>'],
        [bound ~ ' ' ~ money ~ ' ' ~ period, '<periodcap:\\1>'],
        [money ~ ' ' ~ period ~ '(?: max)?', '<periodcap:\\1>'],
        [bound ~ ' ' ~ money ~ ' (?:month|week|quarter|pay)\\b', '<periodcap:\\1>'],
        [money ~ '(?: ' ~ year ~ ')* (?:annual )?max(?: match)?(?: ' ~ year ~ ')*', '<cap:\\1>'],
        ['(?:,|or) ' ~ money ~ '(?: ' ~ year ~ ')*(?: ,)? (?:if )?(?:whichever )?(?:less|under|lesser)\\b', ', <cap:\\1>'],
        [bound ~ ' ' ~ money ~ '(?: ' ~ year ~ ')*', '<cap:\\1>'],
        ['\\beffective (?:match )?(?:of |is |: )?' ~ p, '<max:\\1>'],
        ['\\( ' ~ p ~ '(?: of pay)?( [),])', '( <max:\\1>\\2'],
        ['\\b' ~ p ~ '(?: of pay)? (?:max|total)(?: match)?(?: of pay)?', '<max:\\1>'],
        ['\\b(?:match )?(?:max|total)(?: (?:of|at|to|is|:|match|total|max|=|by))* ' ~ p ~ '(?: match)?(?: of pay)?', '<max:\\1>'],
        ['\\bdeferral over ' ~ p ~ '(?: of pay)? (?:not|no) match', '<beyond:\\1>'],
        ['\\bdisregard deferral over ' ~ p ~ '(?: of pay)?', '<beyond:\\1>'],
        ['\\b(?:no|not) match(?: of)?(?: deferral)? over ' ~ p ~ '(?: of pay)?', '<beyond:\\1>'],
        ['\\b(?:none|no match) (?:thereafter|over that|after that)\\b', '<beyond:>'],
    ]) -}}
{%- endmacro %}
