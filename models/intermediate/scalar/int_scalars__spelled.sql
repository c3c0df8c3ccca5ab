-- Grain: one row per source row and scalar field.
-- Decided here: how a scalar's text is spelled - repaired, lower case, and in the one spelling that its kind is read
-- from - and which number a bare rate is, before anybody knows its unit.
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

repaired as (
    select
        file,
        sheet,
        row_number,
        cell.field as field,
        cell.kind as kind,
        cell.raw as raw,
        {{ scalar_plain('cell.raw') }} as plain,
    from cells
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
    file,
    sheet,
    row_number,
    field,
    kind,
    raw,
    plain,
    spelled,
    rate_parts,
    case
        when rate_parts.sign = '' and rate_parts.first_unit = '' and rate_parts.joiner = ''
            then {{ rate_fraction('rate_parts.first', "'fraction'") }}
    end as bare_value,
from read
