-- Without it a client, a component or a formula lost in a join would leave a score of fewer components, or no
-- document at all, in silence.
select
    clients.client_ref,
    formulas.element,
    formulas.component,
from {{ ref('dim_client') }} as clients
cross join {{ ref('fhi_formulas') }} as formulas
left join {{ ref('fct_fhi_outcome') }} as outcomes
    on
        clients.client_ref = outcomes.client_ref
        and formulas.element = outcomes.element
        and formulas.component = outcomes.component
left join {{ ref('exp_fhi__outcomes') }} as documents on clients.client_ref = documents.client_ref
where formulas.element <> 'modelled' and (outcomes.client_ref is null or documents.client_ref is null)
union all
select
    null as client_ref,
    'plan_health_score' as element,
    'weights sum to ' || sum(weight) as component,
from {{ ref('fhi_components') }}
having sum(weight) is distinct from 100
