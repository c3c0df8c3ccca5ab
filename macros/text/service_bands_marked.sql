{#- Bands of completed years of service as marks `<service:from:to>`, [from, to), open above where `to` is empty. -#}
{% macro service_bands_marked() -%}
    {%- set n = '([0-9]+)' -%}
    {%- set tail = '(?: (?:or|and) (?:less|fewer))?(?: (?:of )?(?:service|work|participation))?' -%}
    {%- set head = '(?:\\b(?:for|with|if|service|employee|of|year|have|in|during|after) )*' -%}
    {{- return([
        [head ~ '(?:at_least )?' ~ n ~ '(?: ?y)?(?: or over)? (?:(?:but|and|to) )?under ' ~ n ~ 'y' ~ tail, '<service:\\1:\\2:under>'],
        [head ~ 'under ' ~ n ~ 'y' ~ tail, '<service:0:\\1:under>'],
        [head ~ '(?:up_to|first) ' ~ n ~ 'y' ~ tail, '<service:0:\\1>'],
        [head ~ '\\bbetween ' ~ n ~ '(?: ?y)? and ' ~ n ~ 'y' ~ tail, '<service:\\1:\\2>'],
        [head ~ n ~ '(?: ?y)? (?:-|to|through) ' ~ n ~ 'y' ~ tail, '<service:\\1:\\2>'],
        ['\\byear (?:of service )?' ~ n ~ ' (?:-|to|through) ' ~ n ~ tail, '<service:\\1:\\2>'],
        [head ~ n ~ ' \\+ ?(?:year|y)\\b' ~ tail, '<service:\\1:>'],
        [head ~ '(?:at_least |over )?' ~ n ~ 'y(?:(?: of)? service)? (?:\\+|plus|(?:or|and|&) (?:over|more|up|after|thereafter|later|longer|higher)|thereafter)' ~ tail, '<service:\\1:>'],
        [head ~ n ~ ' (?:or|and) (?:over|more|up) (?:year|y)\\b' ~ tail, '<service:\\1:>'],
        ['\\byear (?:of service )?' ~ n ~ ' ?\\+' ~ tail, '<service:\\1:>'],
        [head ~ '(?:at_least|over) ' ~ n ~ 'y' ~ tail, '<service:\\1:>'],
        ['\\bthrough ' ~ n ~ 'y' ~ tail, '<service:0:\\1>'],
        ['\\bfrom ' ~ n ~ 'y' ~ tail, '<service:\\1:>'],
        [head ~ 'before ' ~ n ~ 'y' ~ tail, '<service:0:\\1:under>'],
    ]
        + [['((?:<service:|year of service).*[;,:] )' ~ n ~ ' \\+ (:|=)', '\\1<service:\\2:> \\3']]
        + [['((?:<service:|year of service).*[;,:] )' ~ n ~ ' - ' ~ n ~ ' (:|=)', '\\1<service:\\2:\\3> \\4']] * 6
        + [['\\byear of service :? ?(<service)', '\\1']]
    ) -}}
{%- endmacro %}
