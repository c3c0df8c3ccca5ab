-- Grain: one row per band of one client's core contribution, one where it isn't banded: the employer's yearly dollars on
-- this pay. Null where it is not settled; a blank is exported as none.
-- Parameters: variables `client_ref`, `pay`.
with

design as (
    select * from fct_plan_design where client_ref = getvariable('client_ref')
),

bands as (
    select band_number, min_years, max_years, min_age, max_age, rate
    from fct_core_band
    where client_ref = getvariable('client_ref')
),

rates as (
    select * from bands
    union all
    select
        0, null, null, null, null,
        case when core_kind = 'none' or core_reasons = ['unknown'] then 0 else core_rate end
    from design
    where not exists (from bands)
)

select
    rates.*,
    cast(rates.rate * cast(getvariable('pay') as integer) as decimal(18, 2)) as dollars,
from rates
order by band_number
