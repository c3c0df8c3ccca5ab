-- Grain: one row per entry of the source's audit log, numbered within its client.
-- Decided here: which change of a design an entry tells of - the same client and field, the same new text, made after
-- the version before was loaded and no later than the one that shows it. Texts that name a client or a file, and values
-- of columns that planwise does not read, are left out.
with

source_columns as (
    select distinct
        lower(trim(column_name)) as column_name,
        canonical_name,
    from {{ source('raw', 'source_columns') }}
    where canonical_name is not null
),

entries as (
    select
        log.entry_id,
        clients.client_ref,
        coalesce(source_columns.canonical_name, lower(log.field_name)) as field,
        log.old_value_raw,
        log.new_value_raw,
        log.change_type,
        log.reason,
        editors.editor_ref,
        log.changed_at,
        log.confidence_score,
    from {{ ref('stg_design_matrix__audit_log') }} as log
    left join {{ ref('client_ref') }} as clients on log.client_id = clients.client_id
    left join {{ ref('editor_ref') }} as editors on log.editor = editors.editor
    left join source_columns on lower(log.field_name) = source_columns.column_name
),

numbered as (
    select
        entries.*,
        entries.field in ('{{ design_columns() | join("', '") }}') as is_known_field,
        cast(row_number() over (
            partition by entries.client_ref
            order by entries.changed_at nulls first, entries.entry_id, entries.field
        ) as integer) as entry_number,
    from entries
),

linked as (
    select
        numbered.client_ref,
        numbered.entry_number,
        changes.version_number,
    from numbered
    inner join {{ ref('int_design_changes') }} as changes
        on
            numbered.client_ref = changes.client_ref
            and numbered.field = changes.field
            and numbered.changed_at > changes.old_valid_from
            and numbered.changed_at <= changes.changed_at
    where
        changes.old_raw is distinct from changes.new_raw
        and (
            coalesce(trim(numbered.new_value_raw), '') = coalesce(changes.new_raw, '')
            or try_cast(numbered.new_value_raw as decimal(38, 12)) = try_cast(changes.new_raw as decimal(38, 12))
            or try_cast(numbered.new_value_raw as boolean) = try_cast(changes.new_raw as boolean)
        )
),

seen as (
    select
        client_ref,
        min(valid_from) as first_seen_at,
    from {{ ref('int_design_versions') }}
    group by client_ref
),

internal as (
    select text,
    from {{ names_internals('numbered', ['old_value_raw', 'new_value_raw', 'reason', 'field', 'change_type']) }}
)

select
    numbered.client_ref,
    numbered.entry_number,
    case when numbered.is_known_field then numbered.field end as field,
    case
        when numbered.is_known_field and numbered.old_value_raw not in (select internal.text, from internal)
            then numbered.old_value_raw
    end as old_value,
    case
        when numbered.is_known_field and numbered.new_value_raw not in (select internal.text, from internal)
            then numbered.new_value_raw
    end as new_value,
    case when numbered.change_type not in (select internal.text, from internal) then numbered.change_type end
        as change_type,
    case when numbered.reason not in (select internal.text, from internal) then numbered.reason end as source_reason,
    numbered.reason in (select internal.text, from internal) as is_reason_withheld,
    numbered.editor_ref,
    numbered.changed_at,
    numbered.confidence_score,
    linked.version_number,
    case
        when linked.version_number is not null then null
        when numbered.client_ref is null or seen.client_ref is null then 'client_never_seen'
        when not coalesce(numbered.is_known_field, false) then 'field_not_read'
        when numbered.changed_at is null then 'no_time'
        when numbered.changed_at <= seen.first_seen_at then 'before_first_version'
        else 'no_such_change'
    end as unlinked_reason,
from numbered
left join linked on numbered.client_ref = linked.client_ref and numbered.entry_number = linked.entry_number
left join seen on numbered.client_ref = seen.client_ref
