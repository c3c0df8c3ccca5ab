-- Grain: one row per client and group that it is a plan of: at most nine.
-- Decided here: which groups there are at each step of widening (contract benchmarks.md). A group of bands is named by
-- the band in its middle, so that a client is in the windows of its own band and of both neighbours; is_own says for
-- which one it looks for peers itself. A client whose criterion is unknown is in no group that asks for it.
with

segments as (
    select
        *,
        unnest([-1, 0, 1]) as shift,
    from {{ ref('dim_client_segment') }}
),

windows as (
    select
        segments.*,
        middle.size_band as middle_band,
        greatest(middle.size_band - 1, 1) as min_band,
        least(middle.size_band + 1, 5) as max_band,
    from segments
    inner join {{ ref('size_bands') }} as middle on segments.size_band + segments.shift = middle.size_band
),

criteria as (
    select
        client_ref, organisation, true as is_own, 0 as widening_step, industry,
        cast(null as varchar) as industry_group, size_band as min_band, size_band as max_band, plan_type, region,
    from segments
    where shift = 0 and region is not null
    union all
    select client_ref, organisation, true, 1, industry, null, size_band, size_band, plan_type, null
    from segments
    where shift = 0
    union all
    select client_ref, organisation, shift = 0, 2, industry, null, min_band, max_band, plan_type, null
    from windows
    union all
    select client_ref, organisation, shift = 0, 3, null, industry_group, min_band, max_band, plan_type, null
    from windows
    union all
    select client_ref, organisation, true, 4, null, null, null, null, null, null
    from segments
    where shift = 0
),

keyed as (
    select
        *,
        concat_ws(
            '/', widening_step, case when widening_step = 4 then 'all' end, industry, industry_group,
            case when min_band = max_band then cast(min_band as varchar) else min_band || '-' || max_band end,
            plan_type, region
        ) as peer_group_key,
    from criteria
    where
        widening_step = 4
        or (coalesce(industry, industry_group) is not null and min_band is not null and plan_type is not null)
)

select
    *,
    case when organisation is not null then count(*) over (partition by peer_group_key, organisation) end
        as organisation_plans,
from keyed
