{#- When the engine gives somebody the employer's money (match or core): its own condition, else the plan's. All six keys, always:
    left out, the engine wants 1,000 hours and employment on the last day. A last-day rule shuts out leavers; without one
    both kinds of leavers must be let in by name. Source: contract navigator.md section 1. -#}
{% macro money_years(own, plan) -%}
    case
        when ({{ own }})['waiting_period_months'] is not null then ({{ own }})['waiting_period_months'] // 12
        when ({{ own }})['waiting_period_days'] is not null then ({{ own }})['waiting_period_days'] // 365
        when ({{ plan }})['waiting_period_months'] is not null then ({{ plan }})['waiting_period_months'] // 12
        else coalesce(({{ plan }})['waiting_period_days'] // 365, 0)
    end
{%- endmacro %}

{% macro money_eligibility(own, plan) -%}
    {
        'years': cast({{ money_years(own, plan) }} as integer),
        'hours': cast(coalesce(({{ own }})['minimum_hours'], ({{ plan }})['minimum_hours'], 0) as integer),
        'has_last_day_rule': coalesce(({{ own }})['last_day_rule'], ({{ plan }})['last_day_rule'], false)
    }
{%- endmacro %}

{#- The six keys of an eligibility block, under the names of a typed block (no prefix) or of dc_plan (match_, core_). -#}
{% macro eligibility_keys(rule, prefix='', is_studio=false) -%}
    '{{ prefix }}{{ 'min_tenure_years' if is_studio else 'minimum_tenure_years' }}': {{ rule }}.years,
    '{{ prefix }}{{ 'min_hours_annual' if is_studio else 'minimum_hours_annual' }}': {{ rule }}.hours,
    '{{ prefix }}{{ 'require_year_end_active' if is_studio else 'require_active_at_year_end' }}': {{ rule }}.has_last_day_rule,
    '{{ prefix }}allow_new_hires': {{ rule }}.years = 0,
    '{{ prefix }}allow_terminated_new_hires': not {{ rule }}.has_last_day_rule,
    '{{ prefix }}allow_experienced_terminations': not {{ rule }}.has_last_day_rule
{%- endmacro %}
