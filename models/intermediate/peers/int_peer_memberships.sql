-- Grain: one row per client and group that it is a plan of: at most nine.
-- Decided here: which groups there are at each step of widening (contract benchmarks.md). A group of bands is named by
-- the band in its middle, so that a client is in the windows of its own band and of both neighbours; is_own says for
-- which one it looks for peers itself. A client whose criterion is unknown is in no group that asks for it.
with

shifted as (
    select
        *,
        unnest([-1, 0, 1]) as shift,
    from {{ ref('dim_client_segment') }}
),

windows as (
    select
        shifted.*,
        middle.size_band as middle_band,
    from shifted
    left join {{ ref('size_bands') }} as middle on shifted.size_band + shifted.shift = middle.size_band
    where shifted.shift = 0 or middle.size_band is not null
),

-- each step drops, in the contract's order, one thing that the one before asked for; the plan type stays until `all`
steps as (
    select
        listed.widening_step,
        listed.asks_for,
        listed.neighbours,
        listed.is_of_region,
    from (
        values
        (0, 'industry', 0, true), (1, 'industry', 0, false), (2, 'industry', 1, false), (3, 'industry_group', 1, false),
        (4, 'all', 0, false)
    ) as listed (widening_step, asks_for, neighbours, is_of_region)
),

criteria as (
    select
        windows.client_ref,
        windows.organisation,
        windows.shift = 0 as is_own,
        steps.widening_step,
        steps.asks_for,
        steps.is_of_region,
        windows.middle_band is not null as is_band_known,
        case when steps.asks_for = 'industry' then windows.industry end as industry,
        case when steps.asks_for = 'industry_group' then windows.industry_group end as industry_group,
        case when steps.asks_for <> 'all' then greatest(windows.middle_band - steps.neighbours, 1) end as min_band,
        case when steps.asks_for <> 'all' then least(windows.middle_band + steps.neighbours, 5) end as max_band,
        case when steps.asks_for <> 'all' then windows.plan_type end as plan_type,
        case when steps.is_of_region then windows.region end as region,
    from windows
    inner join steps on windows.shift = 0 or steps.neighbours = 1
),

keyed as (
    select
        *,
        concat_ws(
            '/', widening_step, case when asks_for = 'all' then 'all' end, industry, industry_group,
            case when min_band = max_band then cast(min_band as varchar) else min_band || '-' || max_band end,
            plan_type, region
        ) as peer_group_key,
    from criteria
    where
        asks_for = 'all'
        or (
            coalesce(industry, industry_group) is not null and is_band_known and plan_type is not null
            and (region is not null or not is_of_region)
        )
)

select
    client_ref,
    organisation,
    is_own,
    widening_step,
    peer_group_key,
    industry,
    industry_group,
    min_band,
    max_band,
    plan_type,
    region,
    case when organisation is not null then count(*) over (partition by peer_group_key, organisation) end
        as organisation_plans,
from keyed
