-- Without it a person would be told a code (`no_limit`) instead of what is wrong and what to write. A scalar brings its own
-- sentence from the parser; a formula's stands in the seed reason_codes.
with

reasons as (
    select
        statuses.field,
        unnest(statuses.reasons) as code,
        statuses.message,
    from {{ ref('fct_field_status') }} as statuses
)

select distinct
    reasons.field,
    reasons.code,
from reasons
left join {{ ref('reason_codes') }} as reason_codes on reasons.code = reason_codes.code
where
    reason_codes.code is null
    and (reasons.message is null or reasons.message like '% ' || reasons.code || '%')
