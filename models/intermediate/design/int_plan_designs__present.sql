-- Grain: one row per client of the present load, and per client whose id stands in it twice.
-- Decided here: the load's time, which never lies before the last version's. A client whose id stands twice has not
-- left: its version goes on.
with

history as (
    select
        client_ref,
        design_checksum,
        fields,
        design,
        valid_from,
        valid_to,
    from {{ source('state', 'plan_design_history') }}
),

moment as (
    select
        load.load_id,
        greatest(
            cast(load.loaded_at as timestamp),
            (select max(coalesce(history.valid_to, history.valid_from)) + interval 1 microsecond, from history)
        ) as loaded_at,
    from {{ source('raw', 'load') }} as load
),

present as (
    select
        described.client_ref,
        described.design_checksum,
        described.fields,
        described.design,
    from {{ ref('int_plan_designs__described') }} as described
    inner join {{ ref('int_clients') }} as clients on described.client_ref = clients.client_ref
    union all
    select
        history.client_ref,
        history.design_checksum,
        history.fields,
        history.design,
    from history
    where
        history.valid_to is null
        and history.client_ref in (
            select doubled.client_ref,
            from {{ ref('int_source_rows') }} as doubled
            where doubled.id_problem = 'duplicate'
        )
)

select
    present.client_ref,
    moment.load_id,
    moment.loaded_at,
    present.design_checksum,
    present.fields,
    present.design,
from present
cross join moment
