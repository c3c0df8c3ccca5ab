-- Without it a person would be told a code (`no_limit`) instead of what is wrong and what to write. A scalar may bring
-- a sentence of its own from its parser; any other reason's stands in the seed reason_codes.
with

reasons as (
    select
        field,
        unnest(reasons) as code,
    from {{ ref('int_field_statuses__text') }}
    union all
    select
        field,
        reason as code,
    from {{ ref('int_field_statuses__scalar') }}
    where reason is not null and message is null
)

select distinct
    reasons.field,
    reasons.code,
from reasons
left join {{ ref('reason_codes') }} as reason_codes on reasons.code = reason_codes.code
where reason_codes.sentence is null
