-- Grain: one row per client that is in the source now or was in the last published load.
-- Decided here: what happened to it since then, field by field, by the texts alone. A blank cell and an absent column say
-- the same. A client whose row has no id of its own any more is rejected, and not gone.
-- Reads `published` (client_ref, field, raw), the last published load, and `known` (client_ref, client_id), from the state.
with

texts as (
    from raw.plan_designs
    unpivot include nulls (
        raw for field in (columns(lambda name: name not in ('client_id', 'plan_id') and not starts_with(name, '_')))
    )
),

present as (
    select
        clients.client_ref,
        texts.field,
        nullif(texts.raw, '') as raw,
    from texts
    inner join int_clients as clients
        on
            texts._row = clients.row_number
            and texts._file is not distinct from clients.file
            and texts._sheet is not distinct from clients.sheet
),

standing as (
    select distinct published.client_ref from published
    where published.client_ref in (select present.client_ref from present)
),

differing as (
    select
        coalesce(present.client_ref, published.client_ref) as client_ref,
        coalesce(present.field, published.field) as field,
        published.raw as before,
        present.raw as after,
    from present
    full outer join published on present.client_ref = published.client_ref and present.field = published.field
    where
        published.raw is distinct from present.raw
        and coalesce(present.client_ref, published.client_ref) in (select standing.client_ref from standing)
),

differences as (
    select
        differing.client_ref,
        -- sorted as a list, by its first member: an ordered aggregate takes kilobytes a group
        list_sort(list({'field': differing.field, 'before': differing.before, 'after': differing.after})) as fields,
    from differing
    group by differing.client_ref
),

clients as (
    select
        coalesce(now.client_ref, earlier.client_ref) as client_ref,
        now.client_ref is not null as is_present,
        earlier.client_ref is not null as was_published,
        coalesce(differences.fields, []) as fields,
    from (select distinct present.client_ref from present) as now
    full outer join (select distinct published.client_ref from published) as earlier on now.client_ref = earlier.client_ref
    left join differences on coalesce(now.client_ref, earlier.client_ref) = differences.client_ref
)

select
    clients.client_ref,
    known.client_id,
    case
        when not clients.is_present and known.client_id in (select client_id from int_source_rows where client_id is not null)
            then 'rejected'
        when not clients.is_present then 'deleted'
        when not clients.was_published then 'inserted'
        when clients.fields <> [] then 'changed'
        else 'unchanged'
    end as change,
    clients.fields,
from clients
left join known on clients.client_ref = known.client_ref
order by known.client_id, clients.client_ref
