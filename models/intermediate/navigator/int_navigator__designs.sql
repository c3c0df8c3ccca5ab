-- Grain: one row per client whose design is settled for the engine and scenario: the baseline, and each recommendation.
-- Decided here: what a scenario puts in the plan's place. A changed text is no longer what was read: its text is empty
-- and its status derived, for the reason `recommended`. Where a wait for deferrals is shortened the employer's
-- money keeps its own, the plan's of today where it had none.
with

designs as (
    select
        designs.*,
        money.match_tiers,
        money.match_bands,
        money.core_bands,
        money.match_formula_text,
        money.core_formula_text,
        eligibility.plan_eligibility,
        eligibility.match_eligibility,
        eligibility.core_eligibility,
        eligibility_texts.formula_text as eligibility_formula_text,
        eligibility.eligibility_status,
        eligibility.eligibility_reasons,
        coalesce(designs.core_kind, 'none') in ('flat', 'service_graded', 'age_banded', 'discretionary') as is_core_on,
    from {{ ref('fct_plan_design') }} as designs
    inner join {{ ref('int_employer_money__resolved') }} as money on designs.client_ref = money.client_ref
    inner join {{ ref('int_eligibilities__resolved') }} as eligibility on designs.client_ref = eligibility.client_ref
    inner join {{ ref('int_clients') }} as clients on designs.client_ref = clients.client_ref
    inner join {{ ref('int_plan_texts__chosen') }} as texts on clients.client_id = texts.client_id
    left join {{ ref('int_eligibilities__parsed') }} as eligibility_texts
        on texts.eligibility_text = eligibility_texts.raw
    where list_filter(designs.navigator_gap_codes, lambda code: starts_with(code, 'cost:')) = []
)

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
            else struct_update(
                designs.{{ money }}_eligibility,
                waiting_period_months := designs.plan_eligibility['waiting_period_months'],
                waiting_period_days := designs.plan_eligibility['waiting_period_days']
            )
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
