-- Grain: one row per client and band of service or age of a graded nonelective contribution.
-- Decided here: nothing; the settled bands as rows.
with

bands as (
    select
        client_ref,
        core_kind,
        generate_subscripts(core_bands, 1) as band_number,
        unnest(core_bands) as band,
    from {{ ref('int_employer_money__resolved') }}
    where core_kind in ('service_graded', 'age_banded')
)

select
    client_ref,
    cast(band_number as integer) as band_number,
    case when core_kind = 'service_graded' then band.min end as min_years,
    case when core_kind = 'service_graded' then band.max end as max_years,
    case when core_kind = 'age_banded' then band.min end as min_age,
    case when core_kind = 'age_banded' then band.max end as max_age,
    band.rate as rate,
from bands
