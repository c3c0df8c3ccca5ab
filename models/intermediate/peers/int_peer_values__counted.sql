-- Grain: one row per peer group, feature and value that occurs in it.
-- Decided here: nothing; a sorted list as a histogram: how many plans have the value, and how many have it or less.
with

counted as (
    select
        members.peer_group_key,
        measured.feature,
        measured.value,
        count(*) as plans,
    from {{ ref('fct_peer_group_member') }} as members
    inner join {{ ref('int_features__measured') }} as measured on members.client_ref = measured.client_ref
    where measured.value is not null
    group by members.peer_group_key, measured.feature, measured.value
)

select
    *,
    cast(sum(plans) over (partition by peer_group_key, feature order by value) as bigint) as plans_through,
    cast(sum(plans) over (partition by peer_group_key, feature) as bigint) as known_plans,
from counted
