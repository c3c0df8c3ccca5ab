-- Grain: one row per peer group and feature of which a value is known.
-- Decided here: which places of the group's sorted values a percentile needs, for a client that is one of them (its own
-- value is left out, so three neighbours suffice wherever it stands) and for one whose value is unknown.
with

order_values as (
    select
        peer_group_key,
        feature,
        any_value(known_plans) as known_plans,
        sum(plans) filter (where value = 1) as adopters,
        {%- for name, percent in peer_percentiles() %}
        {%- for place in [0, 1, 2] %}
        {{ order_value('((known_plans - 2) * ' ~ percent ~ ') // 100 + ' ~ place) }} as {{ name }}_beside_{{ place }},
        {%- endfor %}
        {%- for place in [0, 1] %}
        {{ order_value('((known_plans - 1) * ' ~ percent ~ ') // 100 + ' ~ place) }} as {{ name }}_{{ place }},
        {%- endfor %}
        {%- endfor %}
    from {{ ref('int_peer_values__counted') }}
    group by peer_group_key, feature
),

single_organisations as (
    select
        members.peer_group_key,
        measured.feature,
        count(*) as organisations,
    from {{ ref('fct_peer_group_member') }} as members
    inner join {{ ref('int_features__measured') }} as measured on members.client_ref = measured.client_ref
    where measured.value is not null and members.organisation_plans = 1
    group by members.peer_group_key, measured.feature
),

larger_organisations as (
    select
        peer_group_key,
        feature,
        count(*) as organisations,
    from {{ ref('int_peer_organisations__counted') }}
    group by peer_group_key, feature
)

select
    order_values.*,
    coalesce(single_organisations.organisations, 0) + coalesce(larger_organisations.organisations, 0) as organisations,
from order_values
left join single_organisations
    on
        order_values.peer_group_key = single_organisations.peer_group_key
        and order_values.feature = single_organisations.feature
left join larger_organisations
    on
        order_values.peer_group_key = larger_organisations.peer_group_key
        and order_values.feature = larger_organisations.feature
