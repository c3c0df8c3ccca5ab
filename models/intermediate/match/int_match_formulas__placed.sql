-- Grain: one row per tier or service band that a distinct match formula text states, in the order of the text.
-- Decided here: which band a tier belongs to and where it begins and ends. `next` is a width, `up to` and `from-to` are
-- ends; a tier begins where the one before it ended, unless it says otherwise.
with

marks as (
    select
        raw,
        generate_subscripts(marks, 1) as position,
        unnest(marks) as mark,
        {{ marks_named('marks', 'shared') }}[1] as shared_limit,
    from {{ ref('int_match_formulas__marked') }}
),

parts as (
    select
        * exclude (mark),
        string_split(trim(mark, '<>'), ':') as part,
    from marks
    where starts_with(mark, '<tier:') or starts_with(mark, '<service:')
),

-- bands follow their tiers in some texts and head them in others; the first mark of the text says which
sided as (
    select
        *,
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

-- tiers that all name both ends may stand in any order
ranged as (
    select
        *,
        bool_and(is_band or part[3] = 'range') over (partition by raw, band_position) as is_all_ranges,
    from banded
),

tiers as (
    select
        raw,
        position,
        band_position,
        row_number() over (
            partition by raw, band_position
            order by if(is_all_ranges, {{ rate_value('part[4]') }}, 0), position
        ) as tier,
        part[3] as form,
        {{ rate_value('part[2]') }} as match_rate,
        {{ rate_value('part[4]') }} as stated_from,
        coalesce({{ rate_value('part[5]') }}, case when part[3] = 'shared' then {{ rate_value('shared_limit') }} end)
            as stated_to,
    from ranged
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
        case
            when form <> 'next' or stated_ends > 0
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
    coalesce(bands.part[4] = 'under', false) as is_max_years_strict,
    bands.part is not null as has_band,
    {{ tier_problem() }} as problem,
from begun
left join banded as bands
    on
        begun.raw = bands.raw
        and begun.band_position = bands.band_position
        and bands.is_band
