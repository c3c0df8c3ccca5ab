{#- Words that settle nothing once the marks stand: brackets and colons around marks, the word match beside them. -#}
{% macro match_closings() -%}
    {{- return([
        ['\\b(?:plus|and|also) <discretionary:>', 'or <discretionary:>'], ['[+] <discretionary:>', 'or <discretionary:>'],
        ['(<service:.*)<waityears:([0-9]+)>', '\\1<service:\\2:>'],
        ['<waityears:([0-9]+)>(.*<service:)', '<service:\\1:>\\2'],
        ['= (<max)', '\\1'],
        ['\\b(?:and|then|plus)\\b|&', '+'],
        [' [-/] ', ' ; '],
        ['(^| )[():|](?: [():|])*( |$)', '\\1 \\2'],
        ['(> ?)[():|]( |$)', '\\1\\2'],
        [' +', ' '],
        ['(>) ?(?:match|fixed|stretch|total)\\b', '\\1'],
        ['\\b(?:match|fixed|stretch|total|employer)(?: (?:match|of|to|is|=))* ?(<)', '\\1'],
        ['\\b(?:for|with|of|on|in|a|currently) (<)', '\\1'],
        ['(<discretionary:>) ?,? ?currently', '\\1'],
        ['(<discretionary:>)(?: (?:as|determined|by|board|of|each|plan|year|annual|in|at|to))*', '\\1'],
        ['(<discretionary:>) , match\\b', '\\1'],
        ['^ ?(?:match|fixed match) ?[;,]', ' '],
        ['[;,+] ?match ?($|[;,+])', '\\1'],
    ]) -}}
{%- endmacro %}
