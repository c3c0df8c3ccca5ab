-- Grain: one row per row of the Design Matrix.
-- Decided here: the text that each field is read from - the reviewer's wording where a resolution is in force for the
-- very text that stands there, else the source's own.
with

applied as (
    select
        file,
        sheet,
        row_number,
        map_from_entries(list((field, value))) as texts,
    from {{ ref('int_resolutions__matched') }}
    where not is_stale
    group by file, sheet, row_number
)

select
    plans.file,
    plans.sheet,
    plans.row_number,
    plans.client_id,
    {% for field in reviewable_fields() -%}
    coalesce(applied.texts['{{ field }}'], plans.{{ field }}_raw) as {{ field }}_text,
    {% endfor -%}
from {{ ref('stg_design_matrix__plans') }} as plans
left join applied
    on
        plans.row_number = applied.row_number
        and plans.file is not distinct from applied.file
        and plans.sheet is not distinct from applied.sheet
