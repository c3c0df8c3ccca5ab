-- Grain: one row per client, version and changed field; and one without a field for each first sight, return, removal.
-- Decided here: which entry of the source's audit log tells of a change, if several do - the last one.
with

entries as (
    select
        client_ref,
        version_number,
        field,
        count(*) as entry_count,
        max_by(entry_number, entry_number) as last_entry,
    from {{ ref('int_audit_entries__linked') }}
    where version_number is not null
    group by client_ref, version_number, field
),

events as (
    select
        client_ref,
        version_number,
        case when version_number = 1 then 'first_seen' else 'returned' end as change_reason,
        valid_from as changed_at,
    from {{ ref('int_design_versions') }}
    where version_number = 1 or is_return
    union all
    select
        client_ref,
        version_number,
        'removed' as change_reason,
        valid_to as changed_at,
    from {{ ref('int_design_versions') }}
    where is_removed
),

changes as (
    select
        client_ref,
        version_number,
        field,
        change_reason,
        changed_at,
        old_raw,
        new_raw,
        old_value,
        new_value,
        old_status,
        new_status,
    from {{ ref('int_design_changes') }}
    union all by name
    select *, from events
),

internal as (
    select text, from {{ names_internals('changes', ['old_raw', 'new_raw', 'old_value', 'new_value']) }}
)

select
    changes.client_ref,
    changes.version_number,
    changes.field,
    changes.change_reason,
    changes.changed_at,
    cast(changes.changed_at as date) as changed_on,
    -- a text was looked through when it was new; what it names may be a client only since
    {% for column in ['old_raw', 'new_raw', 'old_value', 'new_value'] -%}
    case
        when changes.{{ column }} not in (select internal.text, from internal) then changes.{{ column }}
    end as {{ column }},
    {% endfor -%}
    changes.old_status,
    changes.new_status,
    cast(coalesce(entries.entry_count, 0) as integer) as audit_entry_count,
    log.editor_ref as source_editor_ref,
    log.changed_at as source_changed_at,
    log.change_type as source_change_type,
    log.source_reason,
    log.confidence_score as source_confidence_score,
from changes
left join entries
    on
        changes.client_ref = entries.client_ref
        and changes.version_number = entries.version_number
        and changes.field = entries.field
left join {{ ref('int_audit_entries__linked') }} as log
    on entries.client_ref = log.client_ref and entries.last_entry = log.entry_number
