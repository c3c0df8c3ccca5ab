{#- The match of one who defers `deferral` under a list of tiers, a fraction of pay with twelve places; no tiers is no match. An unknown
    deferral is an unknown match: `least` in match_at would pass over it. -#}
{% macro match_paid(tiers, deferral) -%}
    case when {{ deferral }} is not null then cast(coalesce({{ match_at(tiers, deferral) }}, 0) as decimal(18, 12)) end
{%- endmacro %}

{#- What the match costs as a share of the pay of all who are eligible: those who take part today and defer `deferral`, and those
    who come in and defer `joining_deferral`. Exact to twelve places; the match at the average deferral stands for the average match. -#}
{% macro match_cost(participation, deferral, joining, joining_deferral, tiers) -%}
    cast({{ participation }} * {{ match_paid(tiers, deferral) }} as decimal(18, 12))
    + cast({{ joining }} * {{ match_paid(tiers, joining_deferral) }} as decimal(18, 12))
{%- endmacro %}
