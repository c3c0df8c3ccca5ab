-- Grain: one row per entry of the source's own audit log.
-- Decided here: a time without a zone is UTC.
select
    nullif(trim(id), '') as entry_id,
    nullif(trim(client_id), '') as client_id,
    nullif(trim(field_name), '') as field_name,
    old_value as old_value_raw,
    new_value as new_value_raw,
    nullif(lower(trim(change_type)), '') as change_type,
    nullif(trim(reason), '') as reason,
    nullif(trim(updated_by), '') as editor,
    timezone('UTC', try_cast(updated_at as timestamptz)) as changed_at,
    try_cast(confidence_score as decimal(9, 6)) as confidence_score,
from {{ source('raw', 'audit_log') }}
