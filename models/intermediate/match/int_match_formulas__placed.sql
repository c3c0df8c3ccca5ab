-- Grain: one row per tier or service band that a distinct match formula text states, in the order of the text.
-- Decided here: which band a tier belongs to and where it begins and ends. `next` is a width, `up to` and `from-to` are ends;
-- a tier begins where the one before it ended, unless it says otherwise.
with

marks as (
    select
        raw,
        generate_subscripts(marks, 1) as position,
        unnest(marks) as mark,
    from {{ ref('int_match_formulas__marked') }}
),

parts as (
    select
        raw,
        position,
        string_split(trim(mark, '<>'), ':') as part,
    from marks
    where starts_with(mark, '<tier:') or starts_with(mark, '<service:')
),

-- bands follow their tiers in some texts and head them in others; the first mark of the text says which
sided as (
    select
        raw,
        position,
        part,
        part[1] = 'service' as is_band,
        first_value(part[1]) over (partition by raw order by position) = 'service' as is_band_first,
    from parts
),

banded as (
    select
        *,
        case
            when is_band_first
                then count(*) filter (where is_band) over (partition by raw order by position)
            else 1 + coalesce(count(*) filter (where is_band) over (
                partition by raw order by position rows between unbounded preceding and 1 preceding
            ), 0)
        end as band_position,
    from sided
),

tiers as (
    select
        raw,
        position,
        band_position,
        row_number() over (partition by raw, band_position order by position) as tier,
        part[3] as form,
        {{ rate_value('part[2]') }} as match_rate,
        {{ rate_value('part[4]') }} as stated_from,
        {{ rate_value('part[5]') }} as stated_to,
    from banded
    where not is_band
),

-- a width is counted from the last end that the text states
grouped as (
    select
        *,
        count(*) filter (where form <> 'next') over (partition by raw, band_position order by tier) as stated_ends,
    from tiers
),

ended as (
    select
        *,
        case when form = 'next' and stated_ends > 0 or form <> 'next'
            then sum(stated_to) over (partition by raw, band_position, stated_ends order by tier)
        end as employee_max,
    from grouped
),

begun as (
    select
        *,
        coalesce(
            stated_from,
            lag(employee_max) over (partition by raw, band_position order by tier),
            0
        ) as employee_min,
        coalesce(lag(employee_max) over (partition by raw, band_position order by tier), 0) as end_before,
    from ended
)

select
    begun.raw,
    begun.band_position,
    begun.tier,
    begun.form,
    begun.match_rate,
    cast(begun.employee_min as decimal(18, 12)) as employee_min,
    cast(begun.employee_max as decimal(18, 12)) as employee_max,
    try_cast(bands.part[2] as integer) as stated_min_years,
    try_cast(nullif(bands.part[3], '') as integer) as stated_max_years,
    bands.part[4] is not distinct from 'under' as is_max_years_strict,
    bands.part is not null as has_band,
    case
        when begun.match_rate is null or begun.employee_max is null then 'unrecognised_text'
        when begun.employee_min > begun.end_before then 'tier_gap'
        when begun.employee_min < begun.end_before then 'overlapping_tiers'
        when begun.employee_max <= begun.employee_min then 'overlapping_tiers'
        when begun.form in ('first', 'of') and begun.tier > 1 then 'overlapping_tiers'
        when begun.employee_max > 1 then 'unrecognised_text'
        -- `3% to 6%` is a range and `3% up to 6%` states no rate for the deferral: a rate below its own limit is no rate
        when begun.form in ('to', 'upto', 'of') and begun.match_rate <= begun.employee_max and begun.match_rate > 0
            then 'no_match_rate'
    end as problem,
from begun
left join banded as bands
    on
        begun.raw = bands.raw
        and begun.band_position = bands.band_position
        and bands.is_band
