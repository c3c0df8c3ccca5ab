-- Grain: one row per distinct nonelective text that states a rate.
-- Decided here: which rate goes with which band of service or age, and whether the bands cover everybody from 0 once.
with

marks as (
    select
        text,
        generate_subscripts(marks, 1) as position,
        string_split(trim(unnest(marks), '<>'), ':') as part,
    from {{ ref('int_nonelective_formulas__marked') }}
),

parts as (
    select
        *,
        part[1] <> 'rate' as is_band,
        first_value(part[1]) over (partition by text order by position) <> 'rate' as is_band_first,
    from marks
    where part[1] in ('rate', 'service', 'ageband')
),

-- each rate goes with the band beside it
paired as (
    select
        text,
        position,
        part,
        is_band,
        case
            when not is_band and is_band_first
                then count(*) filter (where is_band) over (partition by text order by position)
            else row_number() over (partition by text, is_band order by position)
        end as band_position,
    from parts
),

rated as (
    select
        rates.text,
        rates.band_position,
        any_value({{ rate_value('rates.part[2]') }}) as rate,
        count(*) as rates_in_band,
        any_value(bands.part[1]) as band_kind,
        any_value(bands.part[1]) is not null as has_band,
        any_value(try_cast(bands.part[2] as integer)) as low,
        any_value(try_cast(nullif(bands.part[3], '') as integer)) as stated_high,
        any_value(coalesce(bands.part[4] = 'under', false)) as is_strict,
    from paired as rates
    left join paired as bands
        on rates.text = bands.text and rates.band_position = bands.band_position and bands.is_band
    where not rates.is_band
    group by rates.text, rates.band_position
),

closed as (
    select
        *,
        lead(low) over in_order as next_low,
        {{ band_high() }} as high,
        {{ band_problem() }} as band_problem,
    from rated
    window in_order as (partition by text order by low, band_position)
)

select
    text,
    count(*) as rate_count,
    count(band_kind) as band_count,
    count(distinct band_kind) as band_kinds,
    any_value(band_kind) as band_kind,
    any_value(rate) as any_rate,
    bool_or(rate is null or rate > 1 or rates_in_band > 1) as has_bad_rate,
    max(rate) as highest_rate,
    list({'min': low, 'max': high, 'rate': rate} order by low) as bands,
    max(band_problem) as band_problem,
from closed
group by text
