-- Grain: one row per field of one client, as the published marts tell it.
-- Parameter: variable `client_ref`.
select
    field,
    raw,
    raw as text_read,
    value,
    status,
    message,
from fct_field_status
where client_ref = getvariable('client_ref')
order by field
