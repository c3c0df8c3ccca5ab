-- Grain: one row per client and step of widening, 0 to 4.
-- Decided here: where a client's peers are looked for: the first step at which there are enough plans of enough
-- organisations beside the client itself. Counts are of plans, not of known values.
with

groups as (
    select
        peer_group_key,
        count(*) as plans,
        count(distinct organisation) as organisations,
    from {{ ref('int_peer_memberships') }}
    group by peer_group_key
),

-- the client itself is no peer; its organisation counts as long as another plan of it is one
steps as (
    select
        clients.client_ref,
        steps.widening_step,
        own.peer_group_key,
        groups.plans - 1 as plans,
        groups.organisations - case when own.organisation_plans = 1 then 1 else 0 end as organisations,
        groups.plans - 1 >= {{ var('gate_peer_plans_min') }}
        and groups.organisations - case when own.organisation_plans = 1 then 1 else 0 end
        >= {{ var('gate_peer_organisations_min') }} as is_sufficient,
    from {{ ref('dim_client_segment') }} as clients
    cross join (values (0), (1), (2), (3), (4)) as steps (widening_step)
    left join {{ ref('int_peer_memberships') }} as own
        on clients.client_ref = own.client_ref and steps.widening_step = own.widening_step and own.is_own
    left join groups on own.peer_group_key = groups.peer_group_key
)

select
    client_ref,
    cast(widening_step as integer) as widening_step,
    peer_group_key,
    plans,
    organisations,
    coalesce(is_sufficient, false) as is_sufficient,
    coalesce(
        is_sufficient
        and widening_step = min(widening_step) filter (where is_sufficient) over (partition by client_ref),
        false
    ) as is_chosen,
    case
        when peer_group_key is null then 'what this step asks for is unknown of the client'
        when plans < {{ var('gate_peer_plans_min') }}
            then plans || ' other plans, ' || {{ var('gate_peer_plans_min') }} || ' are needed'
        when not is_sufficient
            then organisations || ' organisations, ' || {{ var('gate_peer_organisations_min') }} || ' are needed'
    end as insufficient_reason,
from steps
