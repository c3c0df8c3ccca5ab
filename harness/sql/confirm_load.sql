-- What was published becomes what the next load is compared with: the texts of the clients in `confirmed` (client_ref) are
-- replaced by those that stand in the source now; a client that is there no more is forgotten.
-- Parameter, quoted by the harness: the run's id. Runs in the state, with the warehouse attached.
begin transaction;

create table if not exists published_load (
    client_ref varchar not null,
    field varchar not null,
    raw varchar,
    run_id varchar not null
);

delete from published_load where client_ref in (select confirmed.client_ref from confirmed);

insert into published_load
select
    clients.client_ref,
    texts.field,
    nullif(texts.raw, '') as raw,
    {run_id} as run_id,
from (
    from warehouse.raw.plan_designs
    unpivot include nulls (
        raw for field in (columns(lambda name: name not in ('client_id', 'plan_id') and not starts_with(name, '_')))
    )
) as texts
inner join warehouse.main.int_clients as clients
    on
        texts._row = clients.row_number
        and texts._file is not distinct from clients.file
        and texts._sheet is not distinct from clients.sheet
where clients.client_ref in (select confirmed.client_ref from confirmed);

commit;
