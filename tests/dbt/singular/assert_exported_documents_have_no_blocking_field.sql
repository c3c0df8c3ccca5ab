-- Without it a client whose match is not understood could go out with the base configuration's match in its place, or a
-- settled client could stay behind without anybody being told why.
with

clients as (
    select
        designs.client_ref,
        bool_or(statuses.is_blocking_export) as has_blocking_field,
        bool_or(list_bool_or(list_transform(designs.navigator_gap_codes, lambda code: starts_with(code, 'cost:'))))
            as has_cost_gap,
    from {{ ref('fct_plan_design') }} as designs
    left join {{ ref('fct_field_status') }} as statuses on designs.client_ref = statuses.client_ref
    group by designs.client_ref
)

select
    coalesce(clients.client_ref, documents.client_ref) as client_ref,
    clients.has_blocking_field,
    clients.has_cost_gap,
    documents.delivery_key,
from clients
full outer join {{ ref('exp_navigator__scenario') }} as documents on clients.client_ref = documents.client_ref
where
    clients.client_ref is null
    or (documents.client_ref is not null)
    = (coalesce(clients.has_blocking_field, true) or coalesce(clients.has_cost_gap, false))
