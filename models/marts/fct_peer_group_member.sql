-- Grain: one row per peer group and plan in it; only groups in which a client has its peers.
-- Decided here: nothing. Linear in clients (nine groups each at most), where all pairs would be quadratic.
with

chosen as (
    select distinct peer_group_key,
    from {{ ref('fct_peer_step') }}
    where is_chosen
)

select
    memberships.peer_group_key,
    memberships.client_ref,
    memberships.organisation,
    memberships.organisation_plans,
from {{ ref('int_peer_memberships') }} as memberships
inner join chosen on memberships.peer_group_key = chosen.peer_group_key
