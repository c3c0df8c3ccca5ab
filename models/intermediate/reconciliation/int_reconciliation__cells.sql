{%- set fields = [
    'client_name', 'plan_type', 'industry', 'employee_count', 'state', 'eligibility', 'match_formula',
    'match_effective_rate', 'match_true_up', 'nonelective_formula', 'auto_enrollment_enabled', 'auto_enrollment_rate',
    'auto_enrollment_effective_year', 'auto_escalation_enabled', 'auto_escalation_cap', 'auto_escalation_rate',
    'vesting_schedule', 'participation_rate', 'avg_deferral_rate', 'data_source', 'last_updated', 'plan_effective_on',
    'plan_amended_on', 'plan_year_start_on', 'plan_year_end_on'
] -%}
-- Grain: one row per client and field that has a text.
-- Decided here: the second path's own reading of a cell - small letters, single blanks - and what a bare number in its
-- column is: a column of which nine in ten are below 1, or above it, has a unit, any other has none. It shares no macro
-- with the parsers.
with

landed as (
    select
        source_rows.client_ref,
        unnest([
            {%- for field in fields %}
            {'field': '{{ field }}', 'raw': plans.{{ field }}}{% if not loop.last %},{% endif %}
            {%- endfor %}
        ], recursive := true),
    from {{ source('raw', 'plan_designs') }} as plans
    inner join {{ ref('int_source_rows') }} as source_rows
        on
            plans._row = source_rows.row_number
            and plans._file is not distinct from source_rows.file
            and plans._sheet is not distinct from source_rows.sheet
    where source_rows.id_problem is null
),

texts as (
    select
        client_ref,
        field,
        raw,
        lower(trim(regexp_replace(raw, '\s+', ' ', 'g'))) as text,
        case when regexp_full_match(trim(raw), '\d{1,3}(\.\d{1,12})?') then cast(trim(raw) as decimal(18, 12)) end
            as bare_number,
    from landed
    where trim(coalesce(raw, '')) <> ''
),

units as (
    select
        texts.field,
        case
            when any_value(load.unit_setting) in ('percent', 'fraction') then any_value(load.unit_setting)
            when avg(cast(texts.bare_number < 1 as integer)) filter (where texts.bare_number not in (0, 1)) >= 0.9
                then 'fraction'
            when avg(cast(texts.bare_number > 1 as integer)) filter (where texts.bare_number not in (0, 1)) >= 0.9
                then 'percent'
        end as unit,
    from texts
    cross join {{ source('raw', 'load') }} as load
    where texts.bare_number is not null
    group by texts.field
)

select
    texts.client_ref,
    texts.field,
    texts.raw,
    texts.text,
    texts.bare_number,
    units.unit,
    decided.field is not null as is_decided_by_reviewer,
from texts
left join units on texts.field = units.field
left join {{ ref('int_clients') }} as clients on texts.client_ref = clients.client_ref
left join {{ ref('int_resolutions__matched') }} as decided
    on clients.client_id = decided.client_id and texts.field = decided.field and not decided.is_stale
