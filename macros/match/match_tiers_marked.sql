{#- A rate and the part of pay that it applies to, as one mark `<tier:rate:form:from:to>`; form is first, next (a width),
    upto (an end), range (both ends) or of (a bare figure). Limits before their rate are turned round first. -#}
{% macro match_tiers_marked() -%}
    {%- set t = token_patterns() -%}
    {%- set rate = '(' ~ t.rate ~ ')' -%}
    {%- set p = '(' ~ t.percent ~ ')' -%}
    {%- set n = '(' ~ t.number ~ ')' -%}
    {%- set link = '(?: (?:match|of|on|for|deferral|in|at))*' -%}
    {%- set pay = '(?: (?:of |in |on |from |for )?(?:pay|deferral|employee)\\b)*' -%}
    {%- set starts = '(^ ?|[;,+&(] |\\band |\\bthen |\\bplus |\\bafter |> )' -%}
    {%- set ends = '( ?[;,+&)]| ?$| and\\b| then\\b| plus\\b| after\\b)' -%}
    {%- set is = '(?: (?:match|at|:|-|,|to|is|=))* ' -%}
    {%- set inverted = [
        starts ~ '(?:match |deferral |on |for )*(first|next|up_to) ' ~ p ~ pay ~ is ~ rate ~ '(?: (?:match|of deferral))*' ~ ends, '\\1\\4 of \\2 \\3\\5'
    ] -%}
    {%- set inverted_range = [
        starts ~ '(?:deferral |on |for )*(<range:[^>]*>)' ~ pay ~ is ~ rate ~ '(?: (?:match|of deferral))*' ~ ends, '\\1\\3 of \\2\\4'
    ] -%}
    {%- set ordinals = [] -%}
    {%- for before in range(1, 15) -%}
        {%- do ordinals.append(['\\b' ~ (before + 1) ~ ' th (?:and|&) ' ~ (before + 2) ~ ' th %' ~ pay, '<range:' ~ before ~ '%:' ~ (before + 2) ~ '%>']) -%}
        {%- do ordinals.append(['\\b' ~ (before + 1) ~ ' th %' ~ pay, '<range:' ~ before ~ '%:' ~ (before + 1) ~ '%>']) -%}
    {%- endfor -%}
    {{- return(ordinals + [
        [rate ~ ' match to ' ~ p, '\\1 match up_to \\2'],
        ['((?:^|; )deferral : .*; )deferral :', '\\1other :'],
        ['\\bmatch (?:of|to|is|at|:|=|-) ', 'match '],
        [p ~ ' (?:to|through|-) ' ~ p ~ ' nonelective', '<range:\\1:\\2> nonelective'],
        ['nonelective ((?:(?:of|:|varies|from|between|contribute|deferral) )*)' ~ p ~ ' (?:to|through|-|and) ' ~ p, 'nonelective \\1<range:\\2:\\3>'],
        ['\\b' ~ p ~ ' of ' ~ p ~ ' (?:to|-) ' ~ p ~ ' of ' ~ p, '<spread:\\1:\\4>'],
        ['(first|next|up_to) ' ~ p ~ pay ~ ' - (' ~ t.rate ~ ') (of|on|up_to|match|to|first|next)\\b', '\\1 \\2 / \\3 \\4'],

        [p ~ ' (?:-|to) ' ~ p ~ ' (?:up_to|of first|first)', '<spread:\\1:\\2>'],
        ['\\b(?:from|between) ' ~ p ~ pay ~ ' (?:to|through|up_to|-|and|not_over) ' ~ p, '<range:\\1:\\2>'],
        ['\\bover ' ~ p ~ pay ~ '(?: ,)? but not ' ~ p, '<range:\\1:\\2>'],
        ['\\bover ' ~ p ~ pay ~ '(?: ,)?(?: (?:and|but))? (?:to|through|up_to|not_over|-) ' ~ p, '<range:\\1:\\2>'],
        ['\\b(of|on|for|deferral) ' ~ p ~ ' (?:to|through|-) ' ~ p, '\\1 <range:\\2:\\3>'],
        ['\\b' ~ p ~ ' - ' ~ p ~ ' (:|at|=)', '<range:\\1:\\2> \\3'],
        ['(^| )(?:from |between )?' ~ n ~ ' (?:-|to|through) ' ~ p, '\\1<range:\\2%:\\3>'],
        ['(?:from|between) ' ~ n ~ ' and ' ~ p, '<range:\\1%:\\2>'],

        ['(?:for )?each dollar (?:of )?(?:deferral )?(?:, )?(up_to|first|next) ' ~ p ~ pay ~ '(?: ,)?(?: (?:match|deferral))* ' ~ n ~ ' cents(?: match)?', '\\3~100 of deferral \\1 \\2'],
        ['(?:for )?each (?:dollar|\\$1(?:\\.00)?) (?:of )?(?:deferral )?(?:, )?(up_to|first|next) ' ~ p ~ pay ~ '(?: ,)?(?: (?:match|deferral))* \\$' ~ n ~ '(?: match)?', '\\3~1 of deferral \\1 \\2'],

        [rate ~ ' \\( (up_to|first) ' ~ p ~ '(?: of pay)? \\)', '\\1 \\2 \\3'],
        [starts ~ p ~ '(?: of pay)? match (?:at )?' ~ rate ~ ends, '\\1\\3 of \\2\\4'],
        inverted, inverted, inverted_range, inverted_range,

        ['\\b' ~ rate ~ '(?: (?:match|of|on))* deferral(?: (?:match|deferral))*(?:(?: [,-]+)? (?:up_to|to)(?: and)?| not_over) ' ~ p ~ pay, '<tier:\\1:end::\\2>'],
        ['\\b([0-9.]+~[0-9.]+)' ~ link ~ '(?: [,-]+)? (?:up_to|to) ' ~ p ~ pay, '<tier:\\1:end::\\2>'],
        ['\\b' ~ rate ~ link ~ '(?: ,)?(?: (?:up_to|to|on|of|/|-))? first ' ~ p ~ pay, '<tier:\\1:first::\\2>'],
        ['\\b' ~ rate ~ link ~ '(?: (?:up_to|to|on|of|/|-))? next ' ~ p ~ pay, '<tier:\\1:next::\\2>'],
        ['\\b' ~ rate ~ link ~ '(?: (?:over|to|/))? <range:([^:>]+):([^:>]+)>' ~ pay, '<tier:\\1:range:\\2:\\3>'],
        ['\\b' ~ rate ~ link ~ '(?: [,-]+)? up_to (?:and )?' ~ p ~ pay, '<tier:\\1:upto::\\2>'],
        ['\\b' ~ rate ~ link ~ '(?: [,-]+)? to ' ~ p ~ pay, '<tier:\\1:to::\\2>'],
        ['\\b' ~ rate ~ '(?: match)? (?:of|on)(?: deferral (?:of|on))? ' ~ p ~ pay, '<tier:\\1:of::\\2>'],
        ['\\b' ~ rate ~ '(?: match)? of deferral ?[;,]? <beyond:([^>]+)>', '<tier:\\1:upto::\\2>'],

        ['(?:next )?(<tier:[^>]*:next:[^>]*>) (?:after|following) (<tier:[^>]*:(?:first|upto|to|end):[^>]*>)', '\\2 + \\1'],
        ['(^ ?|[;,] )(?:(?:match|deferral|employee|to|of|at|plan|in|on|:|=) )+(<tier)', '\\1\\2'],
        ['(^| )(?:(?:match|deferral|employee|to|of|at|plan|in|on) )+(<tier)', '\\1\\2'],
        ['(<tier[^>]*>) ?[;,]? thereafter (<tier:[^:>]*:next:)', '\\1 ; \\2'],
        ['(<tier[^>]*>)(?: (?:match|deferral|employee|of pay|pay|to deferral|, of pay)\\b)+', '\\1'],
        ['(<tier[^>]*>) = ' ~ p ~ '(?: of pay)?( [;,)]|$)', '\\1 <max:\\2>\\3'],
    ]) -}}
{%- endmacro %}
