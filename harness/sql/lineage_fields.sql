-- Grain: one row per field of one client: the text of the source, who decided otherwise, and what came of it.
-- Parameter: variable `client_ref`.
with

decided as (
    select
        field,
        {
            'resolution_id': resolution_id, 'raw': raw, 'value': value, 'reviewer': reviewer,
            'decided_on': cast(decided_on as varchar), 'reason': reason, 'status': status
        } as resolution,
    from int_resolutions__judged
    where client_ref = getvariable('client_ref')
)

select
    statuses.field,
    statuses.raw,
    decided.resolution,
    coalesce(if(decided.resolution.status = 'applied', decided.resolution.value, null), statuses.raw) as text_read,
    statuses.value,
    statuses.status,
    statuses.message,
from fct_field_status as statuses
left join decided on statuses.field = decided.field
where statuses.client_ref = getvariable('client_ref')
order by statuses.field
