{#- The employer's match, as a fraction of pay, of one who defers `deferral` (a fraction of pay) under a list of tiers. -#}
{% macro match_at(tiers, deferral) -%}
    list_sum(list_transform(
        {{ tiers }},
        lambda tier: greatest(least({{ deferral }}, tier.employee_max) - tier.employee_min, 0) * tier.match_rate
    ))
{%- endmacro %}
