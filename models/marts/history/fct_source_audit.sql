-- Grain: one row per entry of the source's own audit log, numbered within its client.
-- Decided here: nothing; each entry, and the version of the design that it tells of or why there is none.
select
    client_ref,
    entry_number,
    field,
    old_value,
    new_value,
    change_type,
    source_reason,
    coalesce(is_reason_withheld, false) as is_reason_withheld,
    editor_ref,
    changed_at,
    confidence_score,
    version_number,
    unlinked_reason,
from {{ ref('int_audit_entries__linked') }}
