-- Grain: one row per client of the present load, held ones included.
-- Decided here: nothing; the settled design side by side, rates as fractions of 1. What is not settled is null here and
-- explained in fct_field_status.
with

reviewed as (
    select
        client_ref,
        list(field) as fields,
    from {{ ref('fct_field_status') }}
    where status = 'reviewed'
    group by client_ref
),

gaps as (
    select
        client_ref,
        list(code order by code) as navigator_gap_codes,
        list(message order by code) as navigator_gap_messages,
    from {{ ref('int_navigator_gaps') }}
    group by client_ref
)

select
    money.client_ref,
    money.match_kind,
    case when list_contains(reviewed.fields, 'match_formula') then 'reviewed' else money.match_status end as match_status,
    money.match_reasons,
    money.max_match_percentage,
    money.max_matched_deferral,
    money.annual_dollar_cap,
    money.is_match_discretionary,
    scalars.match_effective_rate,
    money.core_kind,
    case
        when list_contains(reviewed.fields, 'nonelective_formula') then 'reviewed'
        else money.core_status
    end as core_status,
    money.core_reasons,
    money.core_rate,
    money.core_low_rate,
    money.core_high_rate,
    vesting.vesting_kind,
    case
        when list_contains(reviewed.fields, 'vesting_schedule') then 'reviewed'
        else coalesce(vesting.status, 'unresolved')
    end as vesting_status,
    coalesce(vesting.reasons, ['unknown']) as vesting_reasons,
    vesting.vesting_schedule_array,
    features.is_auto_enrollment_on,
    features.default_deferral_rate,
    features.auto_enrollment_scope,
    features.auto_enrollment_cutoff_on,
    cast(features.auto_enrollment_effective_year as integer) as auto_enrollment_effective_year,
    features.unexported_auto_enrollment_rate,
    features.is_auto_escalation_on,
    features.escalation_increment_rate,
    features.escalation_cap_rate,
    {% for field, type in eligibility_fields() if field != 'last_day_rule' -%}
    eligibility.plan_eligibility['{{ field }}'] as {{ field }},
    {% endfor -%}
    eligibility.plan_eligibility['last_day_rule'] as is_last_day_rule,
    {% for money in ['match', 'core'] -%}
    eligibility.{{ money }}_eligibility['waiting_period_months'] as {{ money }}_waiting_period_months,
    eligibility.{{ money }}_eligibility['waiting_period_days'] as {{ money }}_waiting_period_days,
    eligibility.{{ money }}_eligibility['minimum_hours'] as {{ money }}_minimum_hours,
    eligibility.{{ money }}_eligibility['last_day_rule'] as is_{{ money }}_last_day_rule,
    {% endfor -%}
    scalars.match_true_up as is_match_true_up,
    scalars.participation_rate as current_participation,
    scalars.avg_deferral_rate as average_contribution_rate,
    scalars.last_updated as last_updated_on,
    scalars.plan_effective_on,
    scalars.plan_amended_on,
    scalars.plan_year_start_on,
    scalars.plan_year_end_on,
    coalesce(gaps.navigator_gap_codes, []) as navigator_gap_codes,
    coalesce(gaps.navigator_gap_messages, []) as navigator_gap_messages,
    {{ source_checksum('plans') }} as source_checksum,
from {{ ref('int_employer_money__resolved') }} as money
inner join {{ ref('int_clients') }} as clients on money.client_ref = clients.client_ref
inner join {{ ref('stg_design_matrix__plans') }} as plans on clients.client_id = plans.client_id
inner join {{ ref('int_scalars__by_client') }} as scalars on money.client_ref = scalars.client_ref
inner join {{ ref('int_automatic_features__resolved') }} as features on money.client_ref = features.client_ref
inner join {{ ref('int_eligibilities__resolved') }} as eligibility on money.client_ref = eligibility.client_ref
inner join {{ ref('int_plan_texts__chosen') }} as texts on clients.client_id = texts.client_id
left join {{ ref('int_vesting_schedules__parsed') }} as vesting on texts.vesting_schedule_text = vesting.raw
left join reviewed on money.client_ref = reviewed.client_ref
left join gaps on money.client_ref = gaps.client_ref
