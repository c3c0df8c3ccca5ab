-- Grain: one row per client and version of its design.
-- Decided here: which number a version has, and whether a client came back with it or left with it - between two
-- versions lies a time without the client.
with

numbered as (
    select
        client_ref,
        cast(row_number() over versions as integer) as version_number,
        valid_from,
        valid_to,
        fields,
        design,
        lag(fields) over versions as old_fields,
        lag(design) over versions as old_design,
        lag(valid_from) over versions as old_valid_from,
        lag(valid_to) over versions as old_valid_to,
        lead(valid_from) over versions as next_valid_from,
    from {{ ref('plan_design_history') }}
    window versions as (partition by client_ref order by valid_from)
)

select
    client_ref,
    version_number,
    valid_from,
    valid_to,
    valid_to is null as is_current,
    coalesce(old_valid_to < valid_from, false) as is_return,
    coalesce(valid_to < coalesce(next_valid_from, timestamp '9999-12-31'), false) as is_removed,
    fields,
    design,
    old_fields,
    old_design,
    old_valid_from,
from numbered
