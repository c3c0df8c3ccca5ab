-- Grain: one row per distinct nonelective text.
-- Decided here: what the employer contributes without a deferral, and whether the text settles it. A bare number has
-- its column's unit.
with

unit as (
    select max(unit_decided) as unit_decided,
    from {{ ref('int_column_units__decided') }}
    where column_name = 'nonelective_formula'
),

stated as (
    select
        marked.*,
        banded.* exclude (text),
        unit.unit_decided,
        {{ marks_named('marked.marks', 'range') }} as ranges,
        len({{ marks_named('marked.marks', 'service') }} || {{ marks_named('marked.marks', 'ageband') }})
            as bands_stated,
        {{ marks_named('marked.marks', 'discretionary') }} <> [] as is_discretionary,
        list_filter(marked.marks, lambda mark: mark <> '<dated:>') as telling_marks,
        array_to_string(marked.leftover_tokens, ' ') as leftover_text,
        {{ has_conflicting_conditions('marked.marks') }} as has_conflicting_conditions,
        {{ bare_rate_value('marked.lexed_text', 'unit.unit_decided') }} as bare_rate,
    from {{ ref('int_nonelective_formulas__marked') }} as marked
    left join {{ ref('int_nonelective_formulas__banded') }} as banded on marked.text = banded.text
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
    case when outcome not in ('unknown', 'unresolved') then {{ conditions_stated('marks') }} end as conditions,
from outcomes
