-- Grain: one row per distinct match formula text that states tiers.
-- Decided here: the tiers, or the bands of service with theirs, and whether the bands cover every year of service once.
with

placed as (
    select *, from {{ ref('int_match_formulas__placed') }}
),

bands as (
    select
        raw,
        band_position,
        bool_and(has_band) as has_band,
        any_value(stated_min_years) as low,
        any_value(stated_max_years) as stated_high,
        any_value(is_max_years_strict) as is_strict,
        list({
            'tier': tier, 'employee_min': employee_min, 'employee_max': employee_max, 'match_rate': match_rate
        } order by tier) as tiers,
        max(problem) as tier_problem,
        cast(round(sum((employee_max - employee_min) * match_rate), 10) as decimal(18, 12)) as max_match_percentage,
        max(employee_max) as max_matched_deferral,
        max(match_rate) as highest_rate,
    from placed
    group by raw, band_position
),

closed as (
    select
        *,
        lead(low) over in_order as next_low,
        {{ band_high() }} as high,
        {{ band_problem() }} as band_problem,
    from bands
    window in_order as (partition by raw order by low, band_position)
)

select
    raw,
    count(*) filter (where has_band) as banded,
    count(*) filter (where not has_band) as unbanded,
    any_value(tiers) filter (where not has_band) as tiers,
    list(
        {'min_years': low, 'max_years': high, 'tiers': tiers} order by low
    ) filter (where has_band) as bands,
    coalesce(max(tier_problem), max(band_problem)) as problem,
    max(max_match_percentage) as max_match_percentage,
    max(max_matched_deferral) as max_matched_deferral,
    max(highest_rate) as highest_rate,
from closed
group by raw
