-- Grain: one row per resolution in force whose client is in the present load.
-- Decided here: what became of it. A wording that the parsers do not settle is refused, and the client stays held.
select
    clients.client_ref,
    matched.client_id,
    matched.field,
    matched.raw,
    matched.value,
    matched.reviewer,
    matched.decided_on,
    matched.reason,
    matched.resolution_id,
    case
        when matched.is_stale then 'stale'
        when statuses.status in ('exact', 'derived', 'reviewed') then 'applied'
        else 'refused'
    end as status,
    case
        when matched.is_stale then 'The source has another text now; decide again.'
        when statuses.status in ('exact', 'derived', 'reviewed') then null
        else coalesce(statuses.message, 'The value is not a settled ' || matched.field || '.')
    end as status_reason,
from {{ ref('int_resolutions__matched') }} as matched
inner join {{ ref('int_clients') }} as clients on matched.client_id = clients.client_id
left join {{ ref('fct_field_status') }} as statuses
    on clients.client_ref = statuses.client_ref and matched.field = statuses.field
