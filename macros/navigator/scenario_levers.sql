{#- CTE `changed`: `designs` once for every scenario of its client, with the scenario's provisions in the plan's place. A changed
    text is no longer what was read: its formula text is empty and its status derived, for the reason `recommended`. Where a
    waiting period is shortened for deferrals the employer's money keeps its own: the plan's of today where it had none. -#}
{% macro scenario_levers() -%}
changed as (
    select
        designs.* replace (
            designs.is_auto_enrollment_on or scenarios.is_enrolling as is_auto_enrollment_on,
            coalesce(scenarios.new_default_rate, designs.default_deferral_rate) as default_deferral_rate,
            case when scenarios.is_enrolling then 'all_eligible_employees' else designs.auto_enrollment_scope end
                as auto_enrollment_scope,
            case when scenarios.is_enrolling then date '1900-01-01' else designs.auto_enrollment_cutoff_on end
                as auto_enrollment_cutoff_on,
            designs.is_auto_escalation_on or scenarios.new_escalation_rate is not null as is_auto_escalation_on,
            coalesce(scenarios.new_escalation_rate, designs.escalation_increment_rate) as escalation_increment_rate,
            coalesce(scenarios.new_escalation_cap, designs.escalation_cap_rate) as escalation_cap_rate,
            case
                when scenarios.new_match_tiers is null then designs.match_kind
                when len(scenarios.new_match_tiers) = 1 then 'simple'
                else 'tiered'
            end as match_kind,
            coalesce(scenarios.new_match_tiers, designs.match_tiers) as match_tiers,
            cast(coalesce(scenarios.new_max_match_percentage, designs.max_match_percentage) as decimal(18, 12))
                as max_match_percentage,
            coalesce(scenarios.new_match_tiers[-1].employee_max, designs.max_matched_deferral) as max_matched_deferral,
            case when scenarios.new_match_tiers is null then designs.match_formula_text end as match_formula_text,
            case when scenarios.new_match_tiers is null then designs.match_status else 'derived' end as match_status,
            case when scenarios.new_match_tiers is null then designs.match_reasons else ['recommended'] end
                as match_reasons,
            case
                when scenarios.new_waiting_months is null then designs.plan_eligibility
                else struct_update(
                    designs.plan_eligibility,
                    waiting_period_months := scenarios.new_waiting_months,
                    waiting_period_days := cast(null as integer)
                )
            end as plan_eligibility,
            {% for money in ['match', 'core'] -%}
            case
                when
                    scenarios.new_waiting_months is null
                    or designs.{{ money }}_eligibility['waiting_period_months'] is not null
                    or designs.{{ money }}_eligibility['waiting_period_days'] is not null
                    then designs.{{ money }}_eligibility
                else {{ eligibility_merged(
                    'designs.' ~ money ~ '_eligibility',
                    "struct_pack(waiting_period_months := designs.plan_eligibility['waiting_period_months'], "
                    ~ "waiting_period_days := designs.plan_eligibility['waiting_period_days'], "
                    ~ "minimum_hours := null, minimum_age := null, entry_dates := null, employment_class := null, "
                    ~ "last_day_rule := null)"
                ) | indent(16) }}
            end as {{ money }}_eligibility,
            {% endfor -%}
            case when scenarios.new_waiting_months is null then designs.eligibility_formula_text end
                as eligibility_formula_text,
            case when scenarios.new_waiting_months is null then designs.eligibility_status else 'derived' end
                as eligibility_status,
            case when scenarios.new_waiting_months is null then designs.eligibility_reasons else ['recommended'] end
                as eligibility_reasons
        ),
        scenarios.scenario,
        scenarios.stem,
        scenarios.recommendation,
    from designs
    inner join {{ ref('int_navigator__scenarios') }} as scenarios on designs.client_ref = scenarios.client_ref
)
{%- endmacro %}
