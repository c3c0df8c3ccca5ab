{#- A date's plain text as `2024-1-15`, a time of day left behind it (`2024-1-15t10:00:00z`). US order; two-digit years 00-79 are
    20xx. A text in none of the forms (a quarter, a bare year, day before month) comes back without a leading year. -#}
{% macro date_spelled(plain) -%}
    {%- set months = ['january|jan', 'february|feb', 'march|mar', 'april|apr', 'may', 'june|jun', 'july|jul', 'august|aug',
        'september|sept|sep', 'october|oct', 'november|nov', 'december|dec'] -%}
    {%- set ns = namespace(names=[['^(?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:day)?\\.?,? ', ''], ['([0-9])(?:st|nd|rd|th)\\b', '\\1']]) -%}
    {%- for month in months -%}
        {%- set ns.names = ns.names + [['(^|[^a-z])(?:' ~ month ~ ')\\.?($|[^a-z])', '\\1@' ~ loop.index ~ '@\\2']] -%}
    {%- endfor -%}
    {%- set rest = '((?:[t ].*)?)$' -%}
    {%- set forms = [
        [' ?([-/]) ?', '\\1'],
        ['^([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})' ~ rest, '\\1-\\2-\\3\\4'],
        ['^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})' ~ rest, '\\3-\\1-\\2\\4'],
        ['^([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})' ~ rest, '\\3-\\1-\\2\\4'],
        ['^([0-9]{1,2})/([0-9]{1,2})/([0-7][0-9])' ~ rest, '20\\3-\\1-\\2\\4'],
        ['^([0-9]{1,2})/([0-9]{1,2})/([89][0-9])' ~ rest, '19\\3-\\1-\\2\\4'],
        ['^([0-9]{4})([0-9]{2})([0-9]{2})' ~ rest, '\\1-\\2-\\3\\4'],
        ['^([0-9]{1,2})[-/ ]?@([0-9]+)@[-/ ,]{0,2}([0-9]{4})' ~ rest, '\\3-\\2-\\1\\4'],
        ['^([0-9]{1,2})[-/ ]@([0-9]+)@[-/ ]([0-7][0-9])' ~ rest, '20\\3-\\2-\\1\\4'],
        ['^([0-9]{1,2})[-/ ]@([0-9]+)@[-/ ]([89][0-9])' ~ rest, '19\\3-\\2-\\1\\4'],
        ['^@([0-9]+)@[-/ ]?([0-9]{1,2})[-/ ,]{1,2}([0-9]{4})' ~ rest, '\\3-\\1-\\2\\4'],
        ['^@([0-9]+)@ ?([0-9]{1,2}), ?([0-7][0-9])' ~ rest, '20\\3-\\1-\\2\\4'],
        ['^@([0-9]+)@ ?([0-9]{1,2}), ?([89][0-9])' ~ rest, '19\\3-\\1-\\2\\4'],
        ['^([0-9]{4})[-/ ]@([0-9]+)@[-/ ]([0-9]{1,2})' ~ rest, '\\1-\\2-\\3\\4'],
    ] -%}
    case
        when contains({{ plain }}, '@') then {{ plain }}
        when regexp_matches({{ plain }}, '[a-z]{3}') then {{ rewritten(rewritten(plain, ns.names), forms) }}
        else {{ rewritten(plain, forms) }}
    end
{%- endmacro %}
