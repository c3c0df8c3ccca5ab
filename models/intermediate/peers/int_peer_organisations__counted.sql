-- Grain: one row per peer group, feature and organisation that has several plans in the group.
-- Decided here: nothing; how many of an organisation's plans have a known value. One with a single plan needs no row.
select
    members.peer_group_key,
    measured.feature,
    members.organisation,
    count(*) as known_plans,
from {{ ref('fct_peer_group_member') }} as members
inner join {{ ref('int_features__measured') }} as measured on members.client_ref = measured.client_ref
where measured.value is not null and members.organisation_plans > 1
group by members.peer_group_key, measured.feature, members.organisation
