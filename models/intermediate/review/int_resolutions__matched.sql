-- Grain: one row per resolution in force whose client is in the present load.
-- Decided here: whether it still speaks of the text that stands there. One made for another text is stale and is not
-- applied.
with

raws as (
    select
        file,
        sheet,
        row_number,
        client_id,
        unnest([
            {%- for field in reviewable_fields() %}
            {'field': '{{ field }}', 'raw': {{ field }}_raw}{% if not loop.last %},{% endif %}
            {%- endfor %}
        ], recursive := true),
    from {{ ref('stg_design_matrix__plans') }}
)

select
    raws.file,
    raws.sheet,
    raws.row_number,
    raws.client_id,
    raws.field,
    raws.raw,
    resolutions.resolution_id,
    resolutions.value,
    resolutions.reviewer,
    resolutions.decided_on,
    resolutions.reason,
    coalesce(trim(raws.raw), '') <> coalesce(trim(resolutions.raw), '') as is_stale,
from raws
inner join {{ source('state', 'resolution') }} as resolutions
    on raws.client_id = resolutions.client_id and raws.field = resolutions.field
where resolutions.superseded_at is null
