-- Grain: one row per peer group and plan in it; only groups in which a client has its peers.
-- Decided here: nothing. Linear in clients (nine groups each at most), where all pairs would be quadratic.
select
    memberships.peer_group_key,
    memberships.client_ref,
    memberships.organisation,
    memberships.organisation_plans,
from {{ ref('int_peer_memberships') }} as memberships
where
    memberships.peer_group_key in (
        select steps.peer_group_key from {{ ref('fct_peer_step') }} as steps where steps.is_chosen
    )
