{#- Words that settle nothing once the marks stand: the word match beside them, brackets and colons around them. How the
    marks may follow each other is match_layout's business, which looks at the text before this. -#}
{% macro match_closings() -%}
    {%- set discretionary = '<discretionary:[^>]*>' -%}
    {{- return([
        ['\\b(?:plus|and|also) (' ~ discretionary ~ ')', 'or \\1'], ['[+] (' ~ discretionary ~ ')', 'or \\1'],
        ['(' ~ discretionary ~ '.*)\\bfixed\\b', '\\1or'],
        ['= (<max)', '\\1'], ['(<service:[^>]*> ?[)]?) = ', '\\1 '],
        ['\\b(?:and|then|plus)\\b|&', '+'],
        ['\\bsubject to (<(?:cap|max):)', '\\1'],
        [' [-/] ', ' ; '],
        ['(^| )[():|](?: [():|])*( |$)', '\\1 \\2'],
        ['(> ?)[():|]( |$)', '\\1\\2'],
        [' +', ' '],
        ['(>) ?(?:match|fixed|stretch|total)\\b', '\\1'],
        ['\\b(?:match|fixed|stretch|total|employer)(?: (?:match|of|to|is|=))* ?(<)', '\\1'],
        ['\\b(?:for|with|of|on|in|currently) (<)', '\\1'],
        ['(' ~ discretionary ~ ') ?,? ?currently', '\\1'],
        ['(' ~ discretionary ~ ')(?: (?:as|determined|by|board|of|each|plan|year|annual|in|at|to))*', '\\1'],
        ['(' ~ discretionary ~ ') , match\\b', '\\1'],
        ['^ ?(?:match|fixed match) ?[;,]', ' '],
        ['[;,+] ?match ?($|[;,+])', '\\1'],
    ]) -}}
{%- endmacro %}
