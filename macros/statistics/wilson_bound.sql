{#- End of the Wilson score interval (E. B. Wilson, JASA 22, 1927) of `successes` of `trials` at 95 %: sign -1 the lower, 1 the upper. -#}
{% macro wilson_bound(successes, trials, sign) -%}
    {%- set z = 'cast(1.959963984540054 as double)' -%}
    {%- set share = '(' ~ successes ~ ' / cast(' ~ trials ~ ' as double))' -%}
    ({{ share }} + {{ z }} * {{ z }} / (2 * {{ trials }}) + ({{ sign }}) * {{ z }} * sqrt(
        {{ share }} * (1 - {{ share }}) / {{ trials }} + {{ z }} * {{ z }} / (4 * cast({{ trials }} as double) * {{ trials }})
    )) / (1 + {{ z }} * {{ z }} / {{ trials }})
{%- endmacro %}
