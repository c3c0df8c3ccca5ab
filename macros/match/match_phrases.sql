{#- The phrases of match formulas, each brought to one wording. -#}
{% macro match_phrases() -%}
    {%- set t = token_patterns() -%}
    {%- set n = t.number -%}
    {%- set dollar = '(?:each )?(?:dollar|\\$1(?:\\.00?)?)(?: deferral)?(?:\\b|$)' -%}
    {{- return([
        ['\\bupto\\b', 'up to'],
        ['\\b(?:you|employee)(?: (?:you|employee))*\\b', 'employee'],
        ['^job (match|contribute)', '\\1'],

        ['\\btrue up\\b', 'trueup'],
        ['\\bsafe harbor\\b', 'sh'],
        ['\\bprofit sharing\\b', 'ps'],
        ['\\b(?:cash balance|defined benefit|db)(?: (?:plan|db))*\\b', 'db'],
        ['\\bnonelective(?: (?:nonelective|contribute))*', 'nonelective'],
        ['\\bps(?: contribute)?\\b', 'nonelective'],
        ['\\bsh nonelective\\b', 'nonelective'],

        ['\\b(?:(?:each|per|for|on|in|by) )+pay(?: period)?\\b(?: basis)?', 'payperiod'],
        ['\\bpay period\\b', 'payperiod'],

        ['\\b(?:but |and )?(?:not|no) (?:to )?(?:in )?(?:exceed|over|more than)(?: of)?\\b', 'not_over'],
        ['\\b(?:in )?exceed(?: of)?\\b', 'over'],
        ['\\bmore than\\b', 'over'],
        ['\\bless than\\b', 'under'],
        ['\\bat least\\b', 'at_least'],
        ['\\bup (?:to|through)(?: and in)?\\b', 'up_to'],
        ['\\bup_to (?:not_over )?(?:max )?(?:of )?', 'up_to '],
        ['\\bmax (?:to|at) first\\b', 'first'],
        ['\\bto max of\\b', 'up_to'],

        ['\\b(?:match contribute|contribute match)(?: contribute)?\\b', 'match'],
        ['\\bmatch(?: match)+\\b', 'match'],
        ['\\b(?:annual |plan |elig )+pay\\b', 'pay'],
        ['\\b(?:pre tax|post tax)\\b', 'elective'],
        ['\\bcontribute in\\b', 'contribute'],
        ['\\b(?:(?:each|elig|employee|elective|pay) )*(?:deferral|contribute)(?: (?:to )?(?:elective|deferral|contribute))*(?: (?:to|into) plan)?\\b', 'deferral'],
        ['\\b(?:employee )?elective(?: (?:elective|deferral))*\\b', 'deferral'],
        ['\\bdeferral(?: (?:and |or )?deferral)+\\b', 'deferral'],
        ['\\bapply (?:to|on)\\b', 'of'],
        ['\\bemployee (first|next|up_to)\\b', '\\1'],
        ['\\b(?:of )+of\\b', 'of'],

        ['\\b(' ~ n ~ ') cents? (?:on|per|for|of|to|/) ' ~ dollar, '\\1% of deferral'],
        ['\\$(' ~ n ~ ') (?:on|per|for|of|to) ' ~ dollar, '\\1~1 of deferral'],
        ['\\b(0\\.[0-9]+) (?:on|per|for|of) ' ~ dollar, '\\1~1 of deferral'],
        ['\\$(' ~ n ~ ') (?:on|per|for|of) (?:each )?\\$(' ~ n ~ ')(?: deferral)?', '\\1~\\2 of deferral'],
        ['\\b(?:1 )?dollar (?:for|per|on) (?:each )?dollar\\b|\\bdollarfordollar\\b', '100%'],
        ['\\b1 (?::|for|to) 1\\b', '100%'],
        ['\\b([1-3]) / ([2-4]) (of|match)\\b', '\\1~\\2 \\3'],
        ['\\bif deferral(?: ,)?', ' '],
    ]) -}}
{%- endmacro %}
