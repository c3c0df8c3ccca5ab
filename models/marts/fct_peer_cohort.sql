-- Grain: one row per client and peer.
-- Decided here: who is a peer of whom, and how alike they are; ties are broken by the peer's reference. A view, since
-- for the whole book there are as many rows as pairs: ask for one client. It reads published relations only,
-- whose clients rule R01 looks at.
{{ config(materialized='view', meta={'clients_checked_elsewhere': true}) }}
select
    steps.client_ref,
    members.client_ref as peer_ref,
    {{ peer_similarity('own', 'peers') }} as similarity,
    row_number() over (
        partition by steps.client_ref
        order by {{ peer_similarity('own', 'peers') }} desc, members.client_ref
    ) as similarity_rank,
    steps.widening_step,
    steps.peer_group_key,
from {{ ref('fct_peer_step') }} as steps
inner join {{ ref('fct_peer_group_member') }} as members
    on steps.peer_group_key = members.peer_group_key and steps.client_ref <> members.client_ref
inner join {{ ref('dim_client_segment') }} as own on steps.client_ref = own.client_ref
inner join {{ ref('dim_client_segment') }} as peers on members.client_ref = peers.client_ref
where steps.is_chosen
