{#- The constructs of nonelective formulas beside their bands: a rate of pay `<rate:3%>`, a range `<range:4%:8%>`, discretion. -#}
{% macro nonelective_marked() -%}
    {%- set t = token_patterns() -%}
    {%- set p = '(' ~ t.percent ~ ')' -%}
    {%- set no_matter = '(?:regardless of|without regard to|not contingent on)' -%}
    {{- return([
        [' +', ' '], ['\\bsh( [;,]|$)', 'nonelective\\1'],
        ['\\b(?:basic|fixed) (nonelective|contribute|deferral)\\b', '\\1'], ['\\( notamatch \\)|([;,] |[(] )no match( [;,)]|$)', '\\1\\2'], ['\\bonly( [;,]|$)', '\\1'],
        ['(^|[ (])pro rata\\b|\\bacross board\\b', '\\1'], ['\\bemployee (?:no|not) must (?:to )?deferral (?:to )?', ' '],
        ['\\b(?:sh|qaca|irs) (?:nonelective|contribute|deferral)\\b|\\bnonelective (?:sh|qaca)\\b', 'nonelective'],
        ['\\b(?:' ~ no_matter ~ ' )?whether (?:or not )?(?:employee )?deferral\\b|\\b' ~ no_matter ~ ' (?:employee )?deferral\\b', ' '],
        ['\\bto account\\b|\\bautomatic\\b|\\bby (?:age|service|year of service)\\b', ' '],
        ['([0-9]%.*(?:[;,+]|\\band|\\bplus) )discretionary (nonelective|contribute|deferral)\\b', '\\1or discretionary \\2'],
        ['([0-9]%.*\\bnonelective) discretionary (nonelective|contribute|deferral)\\b', '\\1 or discretionary \\2'],
        ['([0-9]%.*(?:[+]|\\band|\\bplus) )discretionary\\b', '\\1or discretionary'],
        ['\\b(?:may )?(?:, )?(?:(?:in|at) )?discretionary\\b', '<discretionary:>'],
        ['(<discretionary:>)(?: (?:nonelective|contribute|deferral|as|determined|by|board|of|each|plan|year|annual|in|at|to)| , determined)*', '\\1'],
        [' +', ' '],
        ['(<discretionary:>) ?,?(?: (?:determined|as|by|each|year|of|board|annual|currently))+', '\\1'],

        ['from ' ~ p ~ ' up_to ' ~ p, '<range:\\1:\\2>'],
        ['(?:from |between )?' ~ p ~ ' (?:-|to|through|and) ' ~ p, '<range:\\1:\\2>'],
        ['(?:from |between )?\\b(' ~ t.number ~ ') (?:-|to|through) ' ~ p, '<range:\\1%:\\2>'],
        ['(^| )' ~ p ~ '(?: (?:of|on))?(?: (?:pay|each|plan|employee|annual)\\b)*', '\\1<rate:\\2>'],
        ['(^| )(?:nonelective|contribute|deferral|employee|fixed)\\b', '\\1'],
        ['(^| )(?:(?:contribute|deferral|employee|fixed|each|of|to|is|at|for|annual|plan|:|=|-) )+(<(?:rate|range|discretionary))', '\\1\\2'],
        ['(<(?:rate|range)[^>]*>)(?: (?:contribute|deferral|of|pay|employee|annual|for all employee|to all employee|to employee)\\b)+', '\\1'],

        ['(<service:.*)<waityears:([0-9]+)>', '\\1<service:\\2:>'],
        ['<waityears:([0-9]+)>(.*<service:)', '<service:\\1:>\\2'],
        ['(> )=( <)', '\\1\\2'], ['(> )=( <)', '\\1\\2'],
        ['\\b(?:and|then|plus)\\b|&', '+'],
        ['(^| )[-/]( |$)', '\\1;\\2'],
        ['\\b(?:for|of|with|if) (<)', '\\1'],
        ['(^| )[():|](?: [():|])*( |$)', '\\1 \\2'],
        ['(> ?)[():|]( |$)', '\\1\\2'],
    ]) -}}
{%- endmacro %}
