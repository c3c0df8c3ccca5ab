-- Grain: one row per client of the present load.
-- Decided here: nothing; the one place where a client's id and its reference stand side by side. Never published.
select
    client_ref,
    client_id,
    file,
    sheet,
    row_number,
    load_id,
from {{ ref('int_source_rows') }}
where id_problem is null
