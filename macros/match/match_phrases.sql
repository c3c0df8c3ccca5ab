{#- The phrases of match formulas, each brought to one wording. -#}
{% macro match_phrases() -%}
    {%- set t = token_patterns() -%}
    {%- set n = t.number -%}
    {%- set p = t.percent -%}
    {%- set dollar = '(?:each )?(?:dollar|\\$1(?:\\.00?)?)(?: deferral)?(?:\\b|$)' -%}
    {{- return([
        ['\\bupto\\b', 'up to'],
        ['\\b(?:you|employee)(?: (?:you|employee))*\\b', 'employee'],
        ['^job (match|contribute)', '\\1'],
        ['\\bretirement (?:contribute )?plan\\b', 'plan'],

        ['\\btrue up\\b', 'trueup'],
        ['\\bsafe harbor\\b', 'sh'], ['\\bshm\\b', 'sh match'],
        ['^plan (?:for )?(match|sh)\\b', '\\1'],
        ['\\bprofit sharing\\b', 'ps'],
        ['\\b(?:cash balance|defined benefit|db)(?: (?:plan|db))*\\b', 'db'],
        ['\\bnonelective(?: (?:nonelective|contribute))*', 'nonelective'],
        ['\\bps(?: contribute)?\\b', 'nonelective'],
        ['\\bsh nonelective\\b', 'nonelective'],

        ['\\b(?:(?:each|per|for|on|in|by) )+pay(?: period)?\\b(?: basis)?', 'payperiod'],
        ['\\bpay period\\b', 'payperiod'],

        ['\\b(?:not|no) (?:to )?(?:in )?(?:exceed|over|more than)(?: of)?\\b', 'not_over'],
        ['\\b(?:in )?exceed(?: of)?\\b', 'over'],
        ['\\bmore than\\b', 'over'],
        ['\\bless than\\b', 'under'],
        ['\\bat least\\b', 'at_least'],
        ['\\bup (?:to|through) max match\\b', 'max match'],
        ['\\bup (?:to|through)(?: and in)?\\b', 'up_to'],
        ['\\bup_to (?:not_over )?(?:max )?(?:of )?', 'up_to '],
        ['\\bmax (?:to|at) first\\b', 'first'],
        ['\\bto max of\\b', 'up_to'],
        ['\\bx (first|next|up_to)\\b', 'of \\1'],

        ['\\b(?:match contribute|contribute match)(?: contribute)?\\b', 'match'],
        ['\\bmatch(?: match)+\\b', 'match'],
        ['\\b(?:annual |plan |elig )+pay\\b', 'pay'],
        ['\\b(?:pre|before) tax\\b', 'elective'], ['\\b(?:post|after) tax\\b', 'aftertax'], ['\\bcatch up\\b', 'catchup'],
        ['\\belective(?:(?: ,| and| or| /)+ (?:elective|catchup))+\\b', 'elective'],
        ['\\bcontribute in\\b', 'contribute'],
        ['(^|; )employee contribute (' ~ p ~ ')', '\\1employeemoney \\2'],
        ['\\b(?:(?:each|elig|employee|elective|pay) )*(?:deferral|contribute)(?: (?:to )?(?:elective|deferral|contribute))*(?: (?:to|into|in) plan)?\\b', 'deferral'],
        ['\\b(?:employee )?elective(?: (?:elective|deferral))*\\b', 'deferral'],
        ['\\bdeferral(?: (?:and |or )?deferral)+\\b', 'deferral'],
        ['\\bapply (?:to|on)\\b', 'of'],
        ['\\bemployee (first|next|up_to)\\b', '\\1'],
        ['\\b(?:of )+of\\b', 'of'],

        ['\\b(' ~ n ~ ') cents? (?:on|per|for|of|to|/) ' ~ dollar, '\\1~100 of deferral'],
        ['\\b(' ~ p ~ ') of each (?:dollar|\\$1(?:\\.00?)?)(?: employee)?(?: deferral)?\\b', '\\1 of deferral'],
        ['\\$(' ~ n ~ ') (?:on|per|for|of|to) ' ~ dollar, '\\1~1 of deferral'],
        ['\\b(0\\.[0-9]+) (?:on|per|for|of) ' ~ dollar, '\\1~1 of deferral'],
        ['\\$(' ~ n ~ ') (?:on|per|for|of|/) (?:each )?\\$(' ~ n ~ ')(?: deferral)?', '\\1~\\2 of deferral'],
        ['\\b(?:1 )?dollar (?:for|per|on) (?:each )?dollar\\b|\\bdollarfordollar\\b', '1~1'],
        ['(^|[ (])1 (?::|for|to) 1( |$)', '\\11~1\\2'],
        ['(^|[ (])\\$?(0[.][0-9]+) : \\$?(1(?:\\.00?)?) (up_to|to|on|of|for|first|next|match|deferral|from|between|over)\\b', '\\1\\2~\\3 \\4'],
        ['\\b([1-3]) / ([2-4]) (?:on|per|of|for) ' ~ dollar, '\\1~\\2 of deferral'],
        ['\\b([1-3]) / ([2-4]) (of|match)\\b', '\\1~\\2 \\3'],
        ['(\\bnonelective\\b[^;]*)\\bif deferral\\b', '\\1onlyif deferral'], ['\\bif (deferral(?: ,)?[^;,]*\\bnonelective\\b)', 'onlyif \\1'],
        ['\\bif deferral(?: ,)?', ' '],
        ['\\bas follows ?:?|\\b(?:(?:determined|calculated) )?(?:based (?:to|on)|by|under|in|as|per) next ?:', ' '],
    ]) -}}
{%- endmacro %}
