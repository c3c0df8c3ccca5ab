-- Grain: one row per client of the last build.
select
    client_ref,
    client_id,
from int_clients
order by client_id
