-- Grain: one row per client and formula text field.
-- Decided here: whether the field's state keeps the client back. Text that is not settled does; a blank match does, a
-- blank vesting schedule does where the employer pays anything, a blank eligibility does where the source has the
-- column.
with

designs as (
    select
        plans.*,
        money,
        eligibility,
        vesting,
        coalesce(money.match_kind, 'none') <> 'none'
        or coalesce(money.core_kind, 'none') not in ('none', 'defined_benefit') as has_employer_money,
    from {{ ref('int_employer_money__resolved') }} as money
    inner join {{ ref('int_clients') }} as clients on money.client_ref = clients.client_ref
    inner join {{ ref('int_plan_texts__chosen') }} as plans on clients.client_id = plans.client_id
    inner join {{ ref('int_eligibilities__resolved') }} as eligibility on money.client_ref = eligibility.client_ref
    left join {{ ref('int_vesting_schedules__parsed') }} as vesting on plans.vesting_schedule_text = vesting.raw
),

fields as (
    select
        money.client_ref,
        unnest([
            {
                'field': 'match_formula',
                'raw': match_formula_text,
                'value': to_json({
                    'kind': money.match_kind, 'tiers': money.match_tiers, 'bands': money.match_bands,
                    'annual_dollar_cap': money.annual_dollar_cap, 'discretionary': money.is_match_discretionary
                }),
                'status': money.match_status,
                'reasons': money.match_reasons,
                'leftover_tokens': money.match_leftover_tokens,
                'is_needed': true
            },
            {
                'field': 'nonelective_formula',
                'raw': nonelective_formula_text,
                'value': to_json({'kind': money.core_kind, 'rate': money.core_rate, 'bands': money.core_bands}),
                'status': money.core_status,
                'reasons': money.core_reasons,
                'leftover_tokens': money.core_leftover_tokens,
                'is_needed': false
            },
            {
                'field': 'vesting_schedule',
                'raw': vesting_schedule_text,
                'value': to_json(vesting.vesting_schedule_array),
                'status': coalesce(vesting.status, 'unresolved'),
                'reasons': coalesce(vesting.reasons, ['unknown']),
                'leftover_tokens': vesting.leftover_tokens,
                'is_needed': has_employer_money
            },
            {
                'field': 'eligibility',
                'raw': eligibility_text,
                'value': to_json(eligibility.plan_eligibility),
                'status': eligibility.eligibility_status,
                'reasons': eligibility.eligibility_reasons,
                'leftover_tokens': eligibility.eligibility_leftover_tokens,
                'is_needed': true
            },
            {%- for field, money in [
                ('match_eligibility_criteria', 'match'), ('nonelective_eligibility_criteria', 'core')
            ] %}
            {
                'field': '{{ field }}',
                'raw': {{ field }}_text,
                'value': to_json(eligibility.{{ money }}_eligibility),
                'status': eligibility.{{ money }}_criteria_status,
                'reasons': eligibility.{{ money }}_criteria_reasons,
                'leftover_tokens': cast([] as varchar[]),
                'is_needed': false
            }{% if not loop.last %},{% endif %}
            {%- endfor %}
        ], recursive := true),
    from designs
)

select
    client_ref,
    field,
    raw,
    case when status <> 'unresolved' then cast(value as varchar) end as value,
    status,
    reasons,
    leftover_tokens,
    status in ('unresolved', 'rejected') and (is_needed or reasons <> ['unknown']) as is_blocking_export,
from fields
