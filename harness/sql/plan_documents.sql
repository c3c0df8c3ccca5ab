-- Grain: one row per document that is due now, or is in the last confirmed delivery, of the clients the run is about.
-- Decided here: what becomes of it and why. Reads `due`, `delivered` (both with key, client and document checksum; of a
-- delivered one also its `fault`: damaged, or written otherwise by today's renderer) and `client` (status, what happened
-- to its texts since they were last published, and whether what is delivered was made by this very code: then only what
-- others say can have changed, such as peers, outcomes that were pulled, a reviewer's decision).
with

matched as (
    select
        coalesce(due.delivery_key, delivered.delivery_key) as delivery_key,
        coalesce(due.client_ref, delivered.client_ref) as client_ref,
        due.delivery_key is not null as is_due,
        delivered.delivery_key is not null as is_delivered,
        due.document_checksum is distinct from delivered.document_checksum as is_another,
        delivered.fault,
    from due
    full outer join delivered on due.delivery_key = delivered.delivery_key
),

reasoned as (
    select
        matched.*,
        case
            when is_due and not is_delivered then 'new'
            when is_due and is_another and client.change = 'unchanged' and client.is_same_code = 1 then 'others'
            when is_due and is_another and client.change = 'unchanged' then 'planwise'
            when is_due and is_another then 'source'
            when is_due then matched.fault
            when client.client_ref is null then 'gone'
            when client.status in ('held', 'rejected') then client.status
            else 'not_due'
        end as cause,
    from matched
    left join client on matched.client_ref = client.client_ref
)

select
    delivery_key,
    client_ref,
    case
        when is_due and not is_delivered then 'insert'
        when is_due and cause is not null then 'update'
        when is_due then 'unchanged'
        when cause in ('held', 'rejected') then 'withdraw'
        else 'delete'
    end as action,
    cause,
    is_delivered,
from reasoned
order by delivery_key
