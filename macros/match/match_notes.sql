{#- Notes known to settle nothing about a match: dates of effect, references to documents and statutes, how often it is
    paid, labels in front. Whatever is not here and no rule accounts for stays, and makes the field unresolved. -#}
{% macro match_notes() -%}
    {{- return([
        ['\\b(?:for|in|during) (?:each |any )?(?:plan )?year\\b', ' '],
        ['\\b(?:as )?(?:effective|as of|effective as of|from and after)(?: (?:date|on|of|:))? (?:plan year )?@date\\b', '<dated:>'],
        ['\\bas effective\\b', ' '], ['\\beffective (<wait)', '\\1'],
        ['\\bconfirmed(?: (?:by|at|rk|document|plan))*(?: @date)?', ' '],
        ['\\( (?:for )?@date \\)', '<dated:year>'],
        ['\\b(?:for|in) (?:plan year )?@date\\b', '<dated:year>'],
        ['\\b(?:per|see|as|in|under|to|of|by|with) (?:defined in |plan )*(?:document|plan)(?: (?:document|plan|details|for))*\\b', ' '],
        ['\\bsee notes?\\b', ' '],
        ['\\b(?:subject to|per|up_to|to|not_over|within) (?:annual )?irs(?: (?:irs|annual|max|pay|of|deferral))*(?: apply)?\\b', ' '],
        ['\\birs(?: (?:annual|pay|deferral))* max(?: apply)?\\b', ' '],
        ['\\b(?:with |and |not |no )?(?:annual |quarterly |payperiod )?trueup(?: (?:annual|at|year|end|apply|each|plan|contribute|deferral|match|feature|in|place))*\\b', ' '],
        ['\\b(?:calculated|determined) (?:and calculated )?(?:on )?(?:each |per )?(?:payperiod|annual|monthly|quarterly|year)(?: basis)?\\b', ' '],
        ['\\bcalculated\\b', ' '],
        ['\\b(?:in |for |each |per |on )*payperiod\\b', ' '],
        ['\\b(?:each|per) (?:plan )?(?:year|month)\\b', ' '],
        ['\\btier ([0-9]) (employee)', 'group \\1 \\2'],
        ['\\b(?:except|including) (?:catchup|aftertax)(?: deferral)?\\b', ' '],
        ['\\b(?:no|not) match (?:on|of|for) (?:catchup|aftertax)(?: deferral)?\\b|\\b(?:catchup|aftertax)(?: deferral)? not match\\b', ' '],
        ['\\btier [0-9](?: [:)-])?', ' '],
        ['^plan [-:]', ' '], ['^(?:[-:] )?(?:irs )?plan [0-9]+(?: [-:])?', ' '],
        ['(^|[^(0-9] )[1-4] [)] ', '\\1'],
        ['^ ?-', ' '],
        ['^irs (?:plan )?(?:match )?[-:]?', ' '],
        ['\\b(?:for |to |of )?(?:all|each|any) employee\\b', ' '],
    ]) -}}
{%- endmacro %}
