-- Grain: one row per place in the source where a client stands (one, but for an id that stands twice).
-- Parameter: variable `client_ref`.
select
    source_rows.file,
    source_rows.sheet,
    source_rows.row_number,
    source_rows.load_id,
    source_rows.client_id,
    loads.source_name,
    loads.source_kind,
    loads.schema_version,
    loads.source_sha256,
    loads.loaded_at,
    loads.as_of_on,
from int_source_rows as source_rows
left join raw.load as loads on source_rows.load_id = loads.load_id
where source_rows.client_ref = getvariable('client_ref')
order by source_rows.file, source_rows.sheet, source_rows.row_number
