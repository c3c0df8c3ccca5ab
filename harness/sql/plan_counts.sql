-- Grain: one row. How many clients are sent, unchanged, held, rejected, and deleted (delivered, and gone from the source).
-- Reads `planned` (plan_documents.sql) and `client`; rows that name no client are counted by the harness.
with

actions as (
    select
        client_ref,
        bool_or(action <> 'unchanged') as is_sent,
        bool_or(cause = 'gone') as is_gone,
    from planned
    group by client_ref
)

select
    count(*) filter (client.status = 'going' and actions.is_sent) as sent,
    count(*) filter (client.status = 'going' and not actions.is_sent) as unchanged,
    count(*) filter (client.status = 'held') as held,
    count(*) filter (client.status = 'rejected' and client.has_row) as rejected,
    count(*) filter (client.client_ref is null and actions.is_gone) as deleted,
    count(*) filter (client.status = 'going' and actions.client_ref is null) as without_document,
from client
full outer join actions on client.client_ref = actions.client_ref
