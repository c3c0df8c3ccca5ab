-- Grain: one row per client of the present load, held ones included.
-- Decided here: nothing; who the client is, known outside by client_ref only.
select
    clients.client_ref,
    nullif(trim(plans.client_name_raw), '') as client_name,
    scalars.industry,
    cast(scalars.employee_count as integer) as employee_count,
    coalesce(scalars.is_employee_count_approximate, false) as is_employee_count_approximate,
    scalars.state,
    nullif(trim(plans.plan_type_raw), '') as plan_type,
    nullif(trim(plans.data_source_raw), '') as data_source,
    scalars.last_updated as last_updated_on,
from {{ ref('int_clients') }} as clients
inner join {{ ref('stg_design_matrix__plans') }} as plans on clients.client_id = plans.client_id
inner join {{ ref('int_scalars__by_client') }} as scalars on clients.client_ref = scalars.client_ref
