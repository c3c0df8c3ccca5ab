-- The source's own text of every field that a reviewer can decide, by client; only clients with a usable id.
-- Parameter, quoted by the harness: the columns.
with

usable as (
    select
        nullif(trim(coalesce(client_id, plan_id)), '') as known_id,
        plans.*,
    from raw.plan_designs as plans
    qualify known_id is not null and count(*) over (partition by known_id) = 1
)

select
    known_id as client_id,
    field,
    raw,
from usable unpivot include nulls (raw for field in ({columns}))
order by known_id, field
