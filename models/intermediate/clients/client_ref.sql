{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        database='state',
        full_refresh=false
    )
}}
-- Grain: one row per client that was ever seen, kept in the state database that no rebuild drops.
-- Decided here: the opaque reference that stands for a client outside; 60 random bits, made once, never derived from
-- anything.
with

clients as (
    select distinct client_id,
    from {{ ref('stg_design_matrix__plans') }}
    where client_id is not null
)

select
    client_id,
    'c' || right(replace(cast(gen_random_uuid() as varchar), '-', ''), 15) as client_ref,
    now() as created_at,
from clients
{% if is_incremental() -%}
where client_id not in (select known.client_id, from {{ this }} as known)
{%- endif %}
