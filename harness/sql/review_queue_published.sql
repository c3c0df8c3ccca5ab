-- Grain: one row per client and field that holds the client back, as published; the raw texts are not in the marts.
-- Parameter: variable `clients`, JSON object of client_ref to client_id.
select
    json_extract_string(getvariable('clients'), '$."' || held.client_ref || '"') as client_id,
    held.client_ref,
    names.client_name,
    held.rule,
    held.field,
    cast(null as varchar) as raw,
    held.code,
    held.message,
    cast(null as varchar) as resolve,
    cast([] as varchar[]) as readings,
from fct_client_status as held
left join dim_client as names on held.client_ref = names.client_ref
where held.status = 'held' and held.field is not null
order by client_id, held.field
