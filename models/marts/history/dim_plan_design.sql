-- Grain: one row per client and version of its plan's design.
-- Decided here: why a version began and why it ended, in one word each.
with

changed as (
    select
        client_ref,
        version_number,
        list(field order by field) as changed_fields,
        case
            when bool_or(change_reason = 'source_changed') then 'source_changed'
            when bool_or(change_reason = 'reviewed') then 'reviewed'
            else 'reading_changed'
        end as change_reason,
    from {{ ref('int_design_changes') }}
    group by client_ref, version_number
),

told as (
    select
        versions.*,
        case
            when versions.version_number = 1 then 'first_seen'
            when versions.is_return then 'returned'
            else coalesce(changed.change_reason, 'reading_changed')
        end as change_reason,
        coalesce(changed.changed_fields, []) as changed_fields,
        versions.design ->> 'client_name' as name_then,
        versions.design ->> 'plan_type' as plan_type_then,
    from {{ ref('int_design_versions') }} as versions
    left join changed
        on versions.client_ref = changed.client_ref and versions.version_number = changed.version_number
),

internal as (
    select text, from {{ names_internals('told', ['name_then', 'plan_type_then']) }}
)

select
    client_ref,
    version_number,
    valid_from,
    valid_to,
    is_current,
    change_reason,
    case
        when is_removed then 'removed'
        else lead(change_reason) over (partition by client_ref order by version_number)
    end as end_reason,
    changed_fields,
    -- a name of then may be the key of a client only since
    case when name_then not in (select internal.text, from internal) then name_then end as client_name,
    case when plan_type_then not in (select internal.text, from internal) then plan_type_then end as plan_type,
    {% for column, type in history_columns(client=true).items() if column not in ('client_name', 'plan_type') -%}
    cast(design ->> '{{ column }}' as {{ type }}) as {{ column }},
    {% endfor -%}
    {% for column, type in history_columns().items() -%}
    cast(design {{ '->' if type.endswith('[]') else '->>' }} '{{ column }}' as {{ type }}) as {{ column }},
    {% endfor %}
from told
