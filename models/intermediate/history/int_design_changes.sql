-- Grain: one row per client, version and field that differs from the version before.
-- Decided here: why it differs - another text, another decision of a reviewer, or else another reading of the same
-- text. A version in which no field differs shows the columns of the design that do.
with

later as (
    select
        client_ref,
        version_number,
        is_return,
        valid_from,
        old_valid_from,
        fields,
        old_fields,
        design,
        old_design,
    from {{ ref('int_design_versions') }}
    where version_number > 1
),

fields as (
    select
        later.client_ref,
        later.version_number,
        later.is_return,
        later.valid_from,
        later.old_valid_from,
        entry.key as field,
        later.old_fields -> entry.key as old,
        entry.value as new,
    from later, json_each(later.fields) as entry
),

compared as (
    select
        client_ref,
        version_number,
        is_return,
        valid_from,
        old_valid_from,
        field,
        {% for part in ['raw', 'value', 'status', 'decided'] -%}
        old ->> '{{ part }}' as old_{{ part }},
        new ->> '{{ part }}' as new_{{ part }},
        {% endfor -%}
    from fields
),

of_fields as (
    select
        client_ref,
        version_number,
        is_return,
        valid_from,
        old_valid_from,
        field,
        old_raw,
        new_raw,
        old_value,
        new_value,
        old_status,
        new_status,
        case
            when coalesce(old_raw, '') <> coalesce(new_raw, '') then 'source_changed'
            when coalesce(old_decided, '') <> coalesce(new_decided, '') then 'reviewed'
        end as own_reason,
    from compared
    where
        old_raw is distinct from new_raw
        or old_value is distinct from new_value
        or old_status is distinct from new_status
),

-- a setting of ours moved the design, and no text or reading did
of_design as (
    select
        later.client_ref,
        later.version_number,
        later.is_return,
        later.valid_from,
        later.old_valid_from,
        entry.key as field,
        null as old_raw,
        null as new_raw,
        later.old_design ->> entry.key as old_value,
        later.design ->> entry.key as new_value,
        null as old_status,
        null as new_status,
        null as own_reason,
    from later, json_each(later.design) as entry
    where
        (later.old_design ->> entry.key) is distinct from (later.design ->> entry.key)
        and not exists (
            select 1,
            from of_fields
            where of_fields.client_ref = later.client_ref and of_fields.version_number = later.version_number
        )
),

changes as (
    select *, from of_fields
    union all
    select *, from of_design
)

select
    client_ref,
    version_number,
    field,
    -- what a change of one text does to another field has the reason of the version
    case
        when is_return then 'returned'
        when own_reason is not null then own_reason
        when bool_or(own_reason = 'source_changed') over versions then 'source_changed'
        when bool_or(own_reason = 'reviewed') over versions then 'reviewed'
        else 'reading_changed'
    end as change_reason,
    valid_from as changed_at,
    old_valid_from,
    old_raw,
    new_raw,
    old_value,
    new_value,
    old_status,
    new_status,
from changes
window versions as (partition by client_ref, version_number)
