-- Grain: one row per service band of one client's match, one where it isn't graded: the employer's yearly dollars on this
-- pay when the employee defers 3, 6 or 10 % of it. Null where the match is not settled.
-- Parameters: variables `client_ref`, `pay`.
with

design as (
    select * from fct_plan_design where client_ref = getvariable('client_ref')
),

deferrals as (
    select
        unnest([cast(0.03 as decimal(4, 2)), 0.06, 0.10]) as deferral,
        cast(getvariable('pay') as integer) as pay,
),

tiers as (
    select * from fct_match_tier where client_ref = getvariable('client_ref')
),

bands as (
    select distinct band_number, min_years, max_years from tiers
    union all
    select 0, null, null from design where match_kind is distinct from 'service_graded' and not exists (from tiers)
),

matched as (
    select
        bands.band_number,
        bands.min_years,
        bands.max_years,
        deferrals.deferral,
        case when any_value(design.match_kind) = 'none' then 0 else sum(
            greatest(least(deferrals.deferral, tiers.employee_max) - tiers.employee_min, 0) * tiers.match_rate * deferrals.pay
        ) end as uncapped_amount,
        any_value(design.annual_dollar_cap) as annual_dollar_cap,
    from bands
    cross join deferrals
    cross join design
    left join tiers on bands.band_number = tiers.band_number
    group by bands.band_number, bands.min_years, bands.max_years, deferrals.deferral
),

amounts as (
    select
        *,
        cast(least(uncapped_amount, coalesce(annual_dollar_cap, uncapped_amount)) as decimal(18, 2)) as amount,
    from matched
)

select
    band_number,
    min_years,
    max_years,
    max(amount) filter (where deferral = 0.03) as dollars_at_3_percent,
    max(amount) filter (where deferral = 0.06) as dollars_at_6_percent,
    max(amount) filter (where deferral = 0.10) as dollars_at_10_percent,
from amounts
group by band_number, min_years, max_years
order by band_number
