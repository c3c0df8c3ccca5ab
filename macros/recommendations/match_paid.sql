{#- The match of one who defers `deferral` under a list of tiers, a fraction of pay with twelve places. An empty list is no match; none
    (a match by years of service, say, or an unknown deferral) is an unknown one, which `least` in match_at would pass over. -#}
{% macro match_paid(tiers, deferral) -%}
    case
        when {{ deferral }} is not null and {{ tiers }} is not null
            then cast(coalesce({{ match_at(tiers, deferral) }}, 0) as decimal(18, 12))
    end
{%- endmacro %}

{#- What the match costs as a share of the pay of all who are eligible: those who take part today and defer `deferral`, and those
    who come in and defer `joining_deferral`. Exact to twelve places; the match at the average deferral stands for the average match. -#}
{% macro match_cost(participation, deferral, joining, joining_deferral, tiers) -%}
    cast({{ participation }} * {{ match_paid(tiers, deferral) }} as decimal(18, 12))
    + cast({{ joining }} * {{ match_paid(tiers, joining_deferral) }} as decimal(18, 12))
{%- endmacro %}
