-- Grain: one row per client and feature whose peers are enough: so many known values of so many organisations.
-- Decided here: every statistic is over the peers' known values, the client's own left out. Percentiles by linear
-- interpolation between the two neighbours (numpy's default); the place of a client is the last one of its ties.
with

known as (
    select
        steps.client_ref,
        measured.feature,
        measured.value,
        steps.peer_group_key,
        steps.widening_step,
        steps.plans,
        own_values.plans - 1 as ties,
        own_values.plans_through,
        statistics.* exclude (peer_group_key, feature, known_plans, organisations, adopters),
        cast(statistics.known_plans - case when measured.value is null then 0 else 1 end as bigint) as n,
        statistics.organisations - case
            when measured.value is null then 0
            when own.organisation_plans = 1 or own_organisations.known_plans = 1 then 1
            else 0
        end as organisations,
        cast(coalesce(statistics.adopters, 0) - coalesce(measured.value, 0) as bigint) as adopters,
    from {{ ref('fct_peer_step') }} as steps
    inner join {{ ref('int_features__measured') }} as measured on steps.client_ref = measured.client_ref
    inner join {{ ref('int_peer_statistics') }} as statistics
        on steps.peer_group_key = statistics.peer_group_key and measured.feature = statistics.feature
    inner join {{ ref('fct_peer_group_member') }} as own
        on steps.peer_group_key = own.peer_group_key and steps.client_ref = own.client_ref
    left join {{ ref('int_peer_values__counted') }} as own_values
        on
            steps.peer_group_key = own_values.peer_group_key
            and measured.feature = own_values.feature
            and measured.value = own_values.value
    left join {{ ref('int_peer_organisations__counted') }} as own_organisations
        on
            steps.peer_group_key = own_organisations.peer_group_key
            and measured.feature = own_organisations.feature
            and own.organisation = own_organisations.organisation
    where steps.is_chosen
),

neighbours as (
    select
        client_ref,
        feature,
        value,
        peer_group_key,
        widening_step,
        plans,
        n,
        organisations,
        adopters,
        (plans_through - 1 - ties + ties / 2.0) / n as percentile,
        {%- for name, percent in peer_percentiles() %}
        {%- set place = '((n - 1) * ' ~ percent ~ ') // 100' %}
        case
            when value is null then {{ name }}_0
            when {{ place }} < plans_through - 1 then {{ name }}_beside_0
            else {{ name }}_beside_1
        end as {{ name }}_low,
        case
            when value is null then {{ name }}_1
            when {{ place }} + 1 < plans_through - 1 then {{ name }}_beside_1
            else {{ name }}_beside_2
        end as {{ name }}_high,
        cast(((n - 1) * {{ percent }}) % 100 / 100.0 as decimal(3, 2)) as {{ name }}_part,
        {%- endfor %}
    from known
    where n >= {{ var('gate_peer_plans_min') }} and organisations >= {{ var('gate_peer_organisations_min') }}
)

select
    client_ref,
    feature,
    value,
    peer_group_key,
    widening_step,
    plans,
    n,
    organisations,
    adopters,
    percentile,
    {%- for name, percent in peer_percentiles() %}
    cast({{ name }}_low + (coalesce({{ name }}_high, {{ name }}_low) - {{ name }}_low) * {{ name }}_part as decimal(18, 12))
        as {{ name }},
    {%- endfor %}
from neighbours
