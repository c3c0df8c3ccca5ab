-- Grain: one row per client of the batch. Needs the table `fell` beside `selected`.
with

standing as (
    select client_ref, min(status) as status
    from fct_client_status
    group by client_ref
),

gaps as (
    select
        gaps.client_ref,
        count(*) as gaps,
        count(*) filter (
            where (features.more_is = 'better') <> (gaps.direction in ('above', 'present'))
        ) as gaps_worse,
        count(*) filter (where gaps.is_significant) as gaps_significant,
    from fct_gap as gaps
    inner join dim_feature as features on gaps.feature = features.feature
    group by gaps.client_ref
),

recommendations as (
    select
        client_ref,
        count(*) as recommendations,
        count(*) filter (where is_exported) as as_scenarios,
        arg_min(recommendation, (priority, not is_exported, recommendation)) as first_recommendation,
        min(priority) as first_priority,
    from fct_recommendation
    group by client_ref
),

benchmarks as (
    select
        client_ref,
        any_value(widening_step) as widening_step,
        count(*) filter (where unpublished_reason is null and client_value is not null) as features_compared,
        count(*) filter (
            where client_value is null and client_unknown_reason <> 'not_applicable'
        ) as features_unknown,
    from fct_peer_benchmark
    group by client_ref
),

falls as (
    select client_ref, count(*) as features_fell, list(feature order by feature) as fell
    from fell
    group by client_ref
)

select
    selected.client_ref,
    standing.status,
    selected.industry,
    selected.size_band_label as band,
    selected.plan_type,
    selected.state,
    selected.region,
    selected.last_updated_on,
    selected.data_age,
    benchmarks.widening_step,
    coalesce(benchmarks.features_compared, 0) as features_compared,
    coalesce(benchmarks.features_unknown, 0) as features_unknown,
    coalesce(gaps.gaps, 0) as gaps,
    coalesce(gaps.gaps_worse, 0) as gaps_worse,
    coalesce(gaps.gaps_significant, 0) as gaps_significant,
    coalesce(recommendations.recommendations, 0) as recommendations,
    coalesce(recommendations.as_scenarios, 0) as as_scenarios,
    recommendations.first_priority,
    recommendations.first_recommendation,
    coalesce(falls.features_fell, 0) as features_fell,
    array_to_string(falls.fell, ' ') as fell,
from selected
left join standing on selected.client_ref = standing.client_ref
left join gaps on selected.client_ref = gaps.client_ref
left join recommendations on selected.client_ref = recommendations.client_ref
left join benchmarks on selected.client_ref = benchmarks.client_ref
left join falls on selected.client_ref = falls.client_ref
order by selected.client_ref;
