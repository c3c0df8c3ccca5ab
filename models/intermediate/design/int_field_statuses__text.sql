-- Grain: one row per client and formula text field.
-- Decided here: whether the field's state keeps the client back. Text that is not settled does; a blank match does, a blank
-- vesting schedule does where the employer pays anything, a blank eligibility does where the source has the column.
with

plans as (
    select
        clients.client_ref,
        plans.*,
    from {{ ref('int_clients') }} as clients
    inner join {{ ref('stg_design_matrix__plans') }} as plans on clients.client_id = plans.client_id
),

joined as (
    select
        plans.client_ref,
        plans.match_formula_raw,
        plans.nonelective_formula_raw,
        plans.vesting_schedule_raw,
        plans.eligibility_raw,
        plans.match_eligibility_criteria_raw,
        plans.nonelective_eligibility_criteria_raw,
        money,
        eligibility,
        vesting,
        coalesce(money.match_kind, 'none') <> 'none' or coalesce(money.core_kind, 'none') not in ('none', 'defined_benefit')
            as has_employer_money,
    from plans
    inner join {{ ref('int_employer_money__resolved') }} as money on plans.client_ref = money.client_ref
    inner join {{ ref('int_eligibilities__resolved') }} as eligibility on plans.client_ref = eligibility.client_ref
    left join {{ ref('int_vesting_schedules__parsed') }} as vesting on plans.vesting_schedule_raw = vesting.raw
),

fields as (
    select
        client_ref,
        unnest([
            {
                'field': 'match_formula', 'raw': match_formula_raw, 'status': money.match_status,
                'reasons': money.match_reasons, 'leftover': money.match_leftover_tokens, 'is_needed': true,
                'value': to_json({
                    'kind': money.match_kind, 'tiers': money.match_tiers, 'bands': money.match_bands,
                    'annual_dollar_cap': money.annual_dollar_cap, 'discretionary': money.is_match_discretionary
                })
            },
            {
                'field': 'nonelective_formula', 'raw': nonelective_formula_raw, 'status': money.core_status,
                'reasons': money.core_reasons, 'leftover': money.core_leftover_tokens, 'is_needed': false,
                'value': to_json({'kind': money.core_kind, 'rate': money.core_rate, 'bands': money.core_bands})
            },
            {
                'field': 'vesting_schedule', 'raw': vesting_schedule_raw, 'status': coalesce(vesting.status, 'unresolved'),
                'reasons': coalesce(vesting.reasons, ['unknown']), 'leftover': vesting.leftover_tokens,
                'is_needed': has_employer_money, 'value': to_json(vesting.vesting_schedule_array)
            },
            {
                'field': 'eligibility', 'raw': eligibility_raw, 'status': eligibility.eligibility_status,
                'reasons': eligibility.eligibility_reasons, 'leftover': eligibility.eligibility_leftover_tokens, 'is_needed': true,
                'value': to_json(eligibility.plan_eligibility)
            },
            {
                'field': 'match_eligibility_criteria', 'raw': match_eligibility_criteria_raw,
                'status': case when eligibility.is_match_contradicted then 'unresolved' else coalesce(eligibility.match_criteria_status, 'unresolved') end,
                'reasons': case when eligibility.is_match_contradicted then ['columns_disagree'] else eligibility.match_criteria_reasons end,
                'leftover': cast([] as varchar[]), 'is_needed': false, 'value': to_json(eligibility.match_eligibility)
            },
            {
                'field': 'nonelective_eligibility_criteria', 'raw': nonelective_eligibility_criteria_raw,
                'status': case when eligibility.is_core_contradicted then 'unresolved' else coalesce(eligibility.core_criteria_status, 'unresolved') end,
                'reasons': case when eligibility.is_core_contradicted then ['columns_disagree'] else eligibility.core_criteria_reasons end,
                'leftover': cast([] as varchar[]), 'is_needed': false, 'value': to_json(eligibility.core_eligibility)
            }
        ]) as entry,
    from joined
)

select
    client_ref,
    entry.field as field,
    entry.raw as raw,
    case when entry.status <> 'unresolved' then cast(entry.value as varchar) end as value,
    entry.status as status,
    entry.reasons as reasons,
    entry.leftover as leftover_tokens,
    entry.status in ('unresolved', 'rejected') and (entry.is_needed or entry.reasons <> ['unknown']) as is_blocking_export,
from fields
