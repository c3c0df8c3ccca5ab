-- Grain: one row per client and feature.
-- Decided here: how a statistic, or why there is none, is told: quartile, note, unpublished_reason. Nothing is
-- published of fewer peers than rule R03 asks for, not even how many they are.
with

steps as (
    select
        client_ref,
        max(widening_step) filter (where is_chosen) as chosen_step,
        max(peer_group_key) filter (where is_chosen) as chosen_group,
        any_value(insufficient_reason) filter (where widening_step = 4) as reason_of_last,
    from {{ ref('fct_peer_step') }}
    group by client_ref
)

select
    measured.client_ref,
    measured.feature,
    steps.chosen_group as peer_group_key,
    steps.chosen_step as widening_step,
    computed.n,
    computed.organisations,
    measured.value as client_value,
    measured.unknown_reason as client_unknown_reason,
    case when features.kind = 'continuous' then computed.smallest end as min,
    case when features.kind = 'continuous' then computed.p25 end as p25,
    case when features.kind = 'continuous' then computed.median end as median,
    case when features.kind = 'continuous' then computed.p75 end as p75,
    case when features.kind = 'continuous' then computed.p90 end as p90,
    case when features.kind = 'continuous' then computed.largest end as max,
    case when features.kind = 'continuous' then computed.percentile end as percentile,
    case
        when features.kind <> 'continuous' or computed.percentile is null then null
        when computed.percentile < 0.25 then 'bottom quartile'
        when computed.percentile < 0.5 then 'second quartile'
        when computed.percentile < 0.75 then 'third quartile'
        else 'top quartile'
    end as quartile,
    case when features.kind = 'yes_no' then computed.adopters / cast(computed.n as double) end as adoption_share,
    case when features.kind = 'yes_no' then {{ wilson_bound('computed.adopters', 'computed.n', '-1') }} end
        as wilson_low,
    case when features.kind = 'yes_no' then {{ wilson_bound('computed.adopters', 'computed.n', '1') }} end
        as wilson_high,
    case when tests.client_ref is not null then 'two_proportion_z' end as test,
    tests.z,
    tests.p_value,
    tests.effect_h,
    tests.corrected_p,
    tests.features_tested,
    tests.is_significant,
    nullif(concat_ws(
        '; ',
        case when computed.n < {{ var('peer_limited_below') }} then 'limited peer group' end,
        case
            when computed.n < computed.plans then 'known of ' || computed.n || ' of ' || computed.plans || ' peers'
        end,
        case steps.chosen_step
            when 1 then 'peers of any region'
            when 2 then 'peers of any region and of neighbouring size bands'
            when 3 then 'peers of the industry group, any region and neighbouring size bands'
            when 4 then 'peers are all plans: too few of the same kind'
        end,
        case when tests.z is not null then 'one plan against its peers: the normal approximation is rough' end,
        case
            when tests.client_ref is not null and tests.z is null then 'client and peers are all alike: nothing to test'
        end
    ), '') as note,
    case
        when computed.client_ref is not null then null
        when steps.chosen_step is null
            then 'all plans together are too few: ' || coalesce(steps.reason_of_last, 'no other plan')
        else
            'fewer than {{ var("gate_peer_plans_min") }} peers'
            || ' of {{ var("gate_peer_organisations_min") }} organisations have a known value'
    end as unpublished_reason,
from {{ ref('int_features__measured') }} as measured
inner join {{ ref('dim_feature') }} as features on measured.feature = features.feature
inner join steps on measured.client_ref = steps.client_ref
left join {{ ref('int_peer_benchmarks__computed') }} as computed
    on measured.client_ref = computed.client_ref and measured.feature = computed.feature
left join {{ ref('int_peer_tests') }} as tests
    on measured.client_ref = tests.client_ref and measured.feature = tests.feature
