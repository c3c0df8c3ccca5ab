{{ config(tags=['by_gates']) }}
-- Without it a `dbt build` by hand, which asks no gate, would pass over a row, a decision or a version that belongs to
-- nobody. In a run the gates ask the same (rule R01) and name the client.
select
    code,
    place,
    client_ref,
    message,
from {{ ref('int_orphans') }}
