-- Without it a feature that becomes a headline would be missing in the CRM, or one that is none any more would stay.
with

due as (
    select if(kind = 'continuous', 'peer_percentile_', 'peer_adoption_') || feature as field,
    from {{ ref('dim_feature') }}
    where is_headline
),

there as (
    select field,
    from {{ ref('crm_fields') }}
    where source = 'fct_peer_benchmark'
)

select coalesce(due.field, there.field) as field,
from due
full join there on due.field = there.field
where due.field is null or there.field is null
