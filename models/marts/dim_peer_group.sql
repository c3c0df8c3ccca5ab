-- Grain: one row per group of plans in which a client has its peers.
-- Decided here: nothing; the group's criteria (null for any) and size, every plan in it counted. A client's own cohort
-- is the group without the client.
select
    peer_group_key,
    cast(widening_step as integer) as widening_step,
    industry,
    industry_group,
    cast(min_band as integer) as min_size_band,
    cast(max_band as integer) as max_size_band,
    plan_type,
    region,
    count(*) as plans,
    count(distinct organisation) as organisations,
from {{ ref('int_peer_memberships') }}
where peer_group_key in (select members.peer_group_key, from {{ ref('fct_peer_group_member') }} as members)
group by peer_group_key, widening_step, industry, industry_group, min_band, max_band, plan_type, region
