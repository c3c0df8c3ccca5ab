-- Grain: one row per distinct match formula text that states tiers.
-- Decided here: the tiers, or the bands of service with theirs, and whether the bands cover every year of service once.
-- Bands that share a bound are [a, b); a next lower bound exactly one higher (`0-4; 5-9`) means [a, b + 1).
with

placed as (
    select *, from {{ ref('int_match_formulas__placed') }}
),

bands as (
    select
        raw,
        band_position,
        bool_and(has_band) as has_band,
        any_value(stated_min_years) as min_years,
        any_value(stated_max_years) as stated_max_years,
        any_value(is_max_years_strict) as is_max_years_strict,
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

ordered as (
    select
        *,
        lead(min_years) over (partition by raw order by min_years, band_position) as next_min_years,
        row_number() over (partition by raw order by min_years, band_position) as band_number,
    from bands
),

closed as (
    select
        *,
        case
            when stated_max_years + 1 = next_min_years and not is_max_years_strict then next_min_years
            else stated_max_years
        end as max_years,
    from ordered
),

checked as (
    select
        *,
        case
            when not has_band then null
            when band_number = 1 and min_years > 0 then 'band_gap'
            when max_years <= min_years then 'band_overlap'
            when next_min_years is null and max_years is not null then 'band_gap'
            when next_min_years > max_years then 'band_gap'
            when next_min_years < coalesce(max_years, 1000000) then 'band_overlap'
        end as band_problem,
    from closed
)

select
    raw,
    count(*) filter (where has_band) as banded,
    count(*) filter (where not has_band) as unbanded,
    any_value(tiers) filter (where not has_band) as tiers,
    list(
        {'min_years': min_years, 'max_years': max_years, 'tiers': tiers} order by min_years
    ) filter (where has_band) as bands,
    coalesce(max(tier_problem), max(band_problem)) as problem,
    max(max_match_percentage) as max_match_percentage,
    max(max_matched_deferral) as max_matched_deferral,
    max(highest_rate) as highest_rate,
from checked
group by raw
