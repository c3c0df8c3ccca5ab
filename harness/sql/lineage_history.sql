-- Grain: one row per change of one client's design, the last ones first.
-- Parameter: variable `client_ref`.
select
    version_number,
    field,
    change_reason,
    cast(changed_at as varchar) as changed_at,
    old_raw,
    new_raw,
    source_editor_ref,
    source_reason,
from fct_design_change
where client_ref = getvariable('client_ref')
order by version_number desc, field asc
