{#- Whether a number word and the figure in brackets beside it differ: `three (5) years`, `five (three years)`. Read before figures are
    condensed. Brackets with another unit (`one year (1,000 hours)`) say something else and are not compared. -#}
{% macro has_differing_figures(words) -%}
    {%- set unit = '(?: (?:%|year|month|day|hour|week))?' -%}
    {%- set ns = namespace(patterns=['#([0-9]+) [(] ([0-9]+)' ~ unit ~ ' [)]', '(?:^| )([0-9]+) [(] #([0-9]+)' ~ unit ~ ' [)]']) -%}
    {%- for one in ['%', 'year', 'month', 'day', 'hour', 'week'] -%}
        {%- set ns.patterns = ns.patterns + ['#([0-9]+) ' ~ one ~ ' [(] ([0-9]+)(?: ' ~ one ~ ')? [)]', '(?:^| )([0-9]+) ' ~ one ~ ' [(] #([0-9]+)(?: ' ~ one ~ ')? [)]'] -%}
    {%- endfor -%}
    (
        contains({{ words }}, '#') and contains({{ words }}, '(')
        and ({% for pattern in ns.patterns %}{{ ' or ' if not loop.first }}regexp_extract_all({{ words }}, '{{ pattern }}', 1) <> regexp_extract_all({{ words }}, '{{ pattern }}', 2)
            {% endfor %})
    )
{%- endmacro %}
