-- Without it a value that no rule read could arrive as a silent null: parsed + rejected + unknown = rows in, field by
-- field. A field of a client must be there, and have a value (exact, derived, reviewed) or a reason (unresolved,
-- rejected).
with

fields as (
    select unnest([
        {%- for field, kind in scalar_fields() if kind != 'vote' %}
        '{{ field }}',
        {%- endfor %}
        'client_name', 'data_source', 'plan_type', 'match_formula', 'nonelective_formula', 'vesting_schedule', 'eligibility',
        'match_eligibility_criteria', 'nonelective_eligibility_criteria'
    ]) as field
),

expected as (
    select
        clients.client_ref,
        fields.field,
    from {{ ref('int_clients') }} as clients
    cross join fields
)

select
    coalesce(expected.client_ref, statuses.client_ref) as client_ref,
    coalesce(expected.field, statuses.field) as field,
    statuses.raw,
    statuses.value,
    statuses.status,
    statuses.reasons,
from expected
full outer join {{ ref('fct_field_status') }} as statuses
    on expected.client_ref = statuses.client_ref and expected.field = statuses.field
where
    expected.client_ref is null
    or statuses.client_ref is null
    or coalesce(
        case
            when statuses.status = 'exact' then statuses.value is null and statuses.reasons <> ['none']
            when statuses.status in ('derived', 'reviewed') then statuses.value is null and statuses.reasons = []
            when statuses.status in ('unresolved', 'rejected') then statuses.value is not null or statuses.reasons = []
        end,
        true
    )
