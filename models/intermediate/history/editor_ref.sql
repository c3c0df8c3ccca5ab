{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        database='state',
        full_refresh=false
    )
}}
-- Grain: one row per person or program that the source's audit log ever named, kept in the state database.
-- Decided here: the opaque reference that stands for it outside; random, as for a client. A login never leaves.
with

editors as (
    select distinct editor,
    from {{ ref('stg_design_matrix__audit_log') }}
    where editor is not null
)

select
    editor,
    'e' || right(replace(cast(gen_random_uuid() as varchar), '-', ''), 15) as editor_ref,
    now() as created_at,
from editors
{% if is_incremental() -%}
where editor not in (select known.editor, from {{ this }} as known)
{%- endif %}
