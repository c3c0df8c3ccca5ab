-- Grain: one row per client of the present load, held ones included.
-- Decided here: by what clients are compared - organisation, industry and its group, size band, plan type, region. What
-- is unknown is null, and like nothing.
with

clients as (
    select
        client_ref,
        industry,
        employee_count,
        state,
        {{ repaired('client_name') }} as client_name,
        {{ plan_type_spelled('plan_type') }} as plan_type_spelling,
    from {{ ref('dim_client') }}
),

organisations as (
    select
        *,
        {{ organisation_key('client_name') }} as organisation,
    from clients
)

select
    clients.client_ref,
    clients.organisation,
    clients.industry,
    industry_groups.industry_group,
    size_bands.size_band,
    size_bands.label as size_band_label,
    plan_types.plan_type,
    clients.state,
    census_regions.region,
from organisations as clients
left join {{ ref('industry_groups') }} as industry_groups on clients.industry = industry_groups.industry
left join {{ ref('size_bands') }} as size_bands
    on
        clients.employee_count >= size_bands.min_employees
        and clients.employee_count <= coalesce(size_bands.max_employees, {{ var('gate_employee_count_max') }})
left join {{ ref('plan_types') }} as plan_types on clients.plan_type_spelling = plan_types.spelling
left join {{ ref('census_regions') }} as census_regions on clients.state = census_regions.state_code
