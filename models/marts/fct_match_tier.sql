-- Grain: one row per client, service band (0 where the match is not graded by service) and tier.
-- Decided here: nothing; the settled tiers as rows.
with

bands as (
    select
        client_ref,
        0 as band_number,
        {'min_years': cast(null as integer), 'max_years': cast(null as integer), 'tiers': match_tiers} as band,
    from {{ ref('int_employer_money__resolved') }}
    where match_kind in ('simple', 'tiered')
    union all
    select
        client_ref,
        generate_subscripts(match_bands, 1) as band_number,
        unnest(match_bands) as band,
    from {{ ref('int_employer_money__resolved') }}
    where match_kind = 'service_graded'
),

tiers as (
    select
        client_ref,
        band_number,
        band.min_years as min_years,
        band.max_years as max_years,
        unnest(band.tiers) as tier,
    from bands
)

select
    client_ref,
    cast(band_number as integer) as band_number,
    min_years,
    max_years,
    cast(tier.tier as integer) as tier,
    tier.employee_min as employee_min,
    tier.employee_max as employee_max,
    tier.match_rate as match_rate,
from tiers
