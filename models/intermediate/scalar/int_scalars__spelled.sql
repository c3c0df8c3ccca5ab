-- Grain: one row per source row and scalar field.
-- Decided here: how a scalar's text is spelled - repaired, lower case, and in the one spelling that its kind is read
-- from - and which number a bare rate is, before anybody knows its unit. A text that stands in many rows is read once.
with

plans as (
    select * from {{ ref('int_plan_texts__chosen') }}
),

cells as (
    select
        file,
        sheet,
        row_number,
        unnest([
            {%- for field, kind in scalar_fields() %}
            {'field': '{{ field }}', 'kind': '{{ kind }}', 'raw': {{ field }}_text}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as cell,
    from plans
),

texts as (
    select distinct
        cell.kind as kind,
        cell.raw as raw,
    from cells
),

repaired as (
    select
        kind,
        raw,
        {{ scalar_plain('raw') }} as plain,
    from texts
),

spelled as (
    select
        *,
        case kind
            when 'rate' then {{ rate_spelled('plain') }}
            when 'vote' then {{ rate_spelled('plain') }}
            when 'date' then {{ date_spelled('plain') }}
            when 'count' then {{ count_spelled('plain') }}
            when 'state' then {{ state_spelled('plain') }}
            when 'industry' then {{ place_spelled('plain') }}
            else plain
        end as spelled,
    from repaired
),

read as (
    select
        *,
        case when kind in ('rate', 'vote') then {{ rate_read('spelled') }} end as rate_parts,
    from spelled
)

select
    cells.file,
    cells.sheet,
    cells.row_number,
    cells.cell.field as field,
    read.kind,
    read.raw,
    read.plain,
    read.spelled,
    read.rate_parts,
    case
        when read.rate_parts.sign = '' and read.rate_parts.first_unit = '' and read.rate_parts.joiner = ''
            then {{ rate_fraction('read.rate_parts.first', "'fraction'") }}
    end as bare_value,
from cells
inner join read on cells.cell.kind = read.kind and cells.cell.raw is not distinct from read.raw
