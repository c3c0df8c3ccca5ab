-- Grain: one row per distinct nonelective text.
-- Decided here: what the employer contributes without a deferral, and whether the text settles it. A bare number has its
-- column's unit. Bands are [a, b); they cover everybody from 0 once, or the text is unresolved.
with

unit as (
    select max(unit_decided) as unit_decided
    from {{ ref('int_column_units__decided') }}
    where column_name = 'nonelective_formula'
),

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
            when is_band then row_number() over (partition by text, is_band order by position)
            when is_band_first then count(*) filter (where is_band) over (partition by text order by position)
            else row_number() over (partition by text, is_band order by position)
        end as band_position,
    from parts
),

rows_banded as (
    select
        rates.text,
        rates.band_position,
        any_value({{ rate_value('rates.part[2]') }}) as rate,
        count(*) as rates_in_band,
        any_value(bands.part[1]) as band_kind,
        any_value(try_cast(bands.part[2] as integer)) as min_bound,
        any_value(try_cast(nullif(bands.part[3], '') as integer)) as stated_max_bound,
        any_value(coalesce(bands.part[4] = 'under', false)) as is_strict,
    from paired as rates
    left join paired as bands
        on rates.text = bands.text and rates.band_position = bands.band_position and bands.is_band
    where not rates.is_band
    group by rates.text, rates.band_position
),

ordered as (
    select
        *,
        lead(min_bound) over (partition by text order by min_bound, band_position) as next_bound,
        row_number() over (partition by text order by min_bound, band_position) as band_number,
    from rows_banded
),

closed as (
    select
        *,
        case when stated_max_bound + 1 = next_bound and not is_strict then next_bound else stated_max_bound end as max_bound,
    from ordered
),

banded as (
    select
        text,
        count(*) as rate_count,
        count(band_kind) as band_count,
        count(distinct band_kind) as band_kinds,
        any_value(band_kind) as band_kind,
        any_value(rate) as any_rate,
        bool_or(rate is null or rate > 1 or rates_in_band > 1) as has_bad_rate,
        max(rate) as highest_rate,
        list({'min': min_bound, 'max': max_bound, 'rate': rate} order by min_bound) as bands,
        max(case
            when band_kind is null then null
            when band_number = 1 and min_bound > 0 then 'band_gap'
            when max_bound <= min_bound then 'band_overlap'
            when next_bound is null and max_bound is not null then 'band_gap'
            when next_bound > max_bound then 'band_gap'
            when next_bound < coalesce(max_bound, 1000000) then 'band_overlap'
        end) as band_problem,
    from closed
    group by text
),

stated as (
    select
        marked.*,
        banded.* exclude (text),
        unit.unit_decided,
        {{ marks_named('marked.marks', 'range') }} as ranges,
        len({{ marks_named('marked.marks', 'service') }}) + len({{ marks_named('marked.marks', 'ageband') }}) as bands_stated,
        {{ marks_named('marked.marks', 'discretionary') }} <> [] as is_discretionary,
        array_to_string(marked.leftover_tokens, ' ') as leftover_text,
        {{ bare_rate_value('marked.lexed_text', 'unit.unit_decided') }} as bare_rate,
    from {{ ref('int_nonelective_formulas__marked') }} as marked
    left join banded on marked.text = banded.text
    cross join unit
),

reasoned as (
    select
        *,
        {{ nonelective_reason() }} as reason,
    from stated
),

outcomes as (
    select
        *,
        case
            when reason = 'unknown' then 'unknown'
            when reason in ('none', 'defined_benefit') then reason
            when reason is not null then 'unresolved'
            when is_discretionary then 'discretionary'
            when coalesce(bare_rate, highest_rate) = 0 then 'none'
            when band_kind = 'service' then 'service_graded'
            when band_kind = 'ageband' then 'age_banded'
            else 'flat'
        end as outcome,
    from reasoned
)

select
    text,
    repaired_text as formula_text,
    terms,
    marked_text,
    leftover_tokens,
    nullif(outcome, 'unknown') as kind,
    case when outcome in ('unknown', 'unresolved') then 'unresolved' else 'exact' end as status,
    case when reason is null or reason in ('none', 'defined_benefit') then [] else [reason] end as reasons,
    case when outcome in ('flat', 'discretionary') then coalesce(bare_rate, any_rate) end as rate,
    case when outcome in ('service_graded', 'age_banded') then bands else [] end as bands,
    case when len(ranges) = 1 then {{ rate_value("split_part(ranges[1], ':', 1)") }} end as low_rate,
    case when len(ranges) = 1 then {{ rate_value("split_part(ranges[1], ':', 2)") }} end as high_rate,
    {{ conditions_stated('marks') }} as conditions,
from outcomes
