-- Grain: one row per segment and measure: how many of its plans have a feature, a gap, a recommendation.
-- Decided here: what rule R03 (variables `plans_min`, `organisations_min`) keeps back for itself; batch_suppress.sql what must
-- be kept back with it, so that no difference of two published figures gives away a third.
create or replace temp table cells as
with

-- one row per client and measure of which it can be told whether the client has it
measured as (
    select
        benchmarks.client_ref,
        'has' as kind,
        benchmarks.feature as measure,
        features.label,
        benchmarks.client_value = 1 as has_it,
    from fct_peer_benchmark as benchmarks
    inner join dim_feature as features on benchmarks.feature = features.feature
    where features.kind = 'yes_no' and benchmarks.client_value is not null
    union all
    select
        benchmarks.client_ref,
        'gap' as kind,
        benchmarks.feature || ' ' || directions.direction as measure,
        features.label || ' ' || directions.direction as label,
        coalesce(gaps.direction = directions.direction, false) as has_it,
    from fct_peer_benchmark as benchmarks
    inner join dim_feature as features on benchmarks.feature = features.feature
    inner join (select distinct feature, direction from fct_gap) as directions
        on benchmarks.feature = directions.feature
    left join fct_gap as gaps
        on benchmarks.client_ref = gaps.client_ref and benchmarks.feature = gaps.feature
    where benchmarks.unpublished_reason is null and benchmarks.client_value is not null
    union all
    select
        selected.client_ref,
        'recommendation' as kind,
        rules.rule as measure,
        rules.condition as label,
        made.client_ref is not null as has_it,
    from selected
    cross join dim_recommendation_rule as rules
    left join (select distinct client_ref, rule from fct_recommendation) as made
        on selected.client_ref = made.client_ref and rules.rule = made.rule
),

placed as (
    select
        measured.*,
        selected.organisation,
        coalesce(selected.industry, '(unknown)') as industry,
        coalesce(selected.size_band, 0) as size_band,
        coalesce(selected.size_band_label, '(unknown)') as band,
    from measured
    inner join selected on measured.client_ref = selected.client_ref
),

counted as (
    select
        kind,
        measure,
        label,
        case grouping(industry, size_band)
            when 3 then 'all'
            when 1 then 'industry'
            when 2 then 'band'
            else 'industry and band'
        end as segment_kind,
        industry,
        size_band,
        band,
        count(*) as n,
        count(*) filter (where has_it) as having_it,
        count(distinct organisation) as organisations,
    from placed
    group by grouping sets (
        (kind, measure, label),
        (kind, measure, label, industry),
        (kind, measure, label, size_band, band),
        (kind, measure, label, industry, size_band, band)
    )
)

select
    row_number() over (
        order by kind, measure, segment_kind, industry nulls first, size_band nulls first
    ) as cell,
    *,
    case
        when
            n < cast(getvariable('plans_min') as integer)
            or organisations < cast(getvariable('organisations_min') as integer)
            then
                'fewer than ' || getvariable('plans_min') || ' plans or ' || getvariable('organisations_min')
                || ' organisations'
    end as suppressed_reason,
from counted;

-- a total and the cells that make it up
create or replace temp table lines as
select cell, kind || '/' || measure || '/' || segment_kind as line from cells where segment_kind in ('industry', 'band')
union all
select cell, kind || '/' || measure || '/of industry ' || industry from cells where segment_kind = 'industry and band'
union all
select cell, kind || '/' || measure || '/of band ' || size_band from cells where segment_kind = 'industry and band';
