-- Grain: one row per client and yes/no feature whose peers are enough and whose own value is known.
-- Decided here: the two-proportion z-test (pooled) of the client, one plan, against its peers, two-sided; Cohen's h;
-- Bonferroni over the client's features tested. Where client and peers are all alike there is no variance: no z, and
-- the feature still counts as tested, since it was looked at.
with

shares as (
    select
        computed.client_ref,
        computed.feature,
        computed.n,
        cast(computed.value as double) as own_share,
        computed.adopters / cast(computed.n as double) as peer_share,
        (computed.adopters + cast(computed.value as double)) / (computed.n + 1) as pooled_share,
    from {{ ref('int_peer_benchmarks__computed') }} as computed
    inner join {{ ref('dim_feature') }} as features on computed.feature = features.feature
    where features.kind = 'yes_no' and computed.value is not null
),

scores as (
    select
        *,
        case
            when pooled_share > 0 and pooled_share < 1
                then
                    (own_share - peer_share)
                    / sqrt(pooled_share * (1 - pooled_share) * (1 + 1 / cast(n as double)))
        end as z,
        2 * asin(sqrt(own_share)) - 2 * asin(sqrt(peer_share)) as effect_h,
        count(*) over (partition by client_ref) as features_tested,
    from shares
),

distances as (
    select
        *,
        abs(z) as distance,
    from scores
),

probabilities as (
    select
        *,
        case when distance is not null then 2 * ({{ normal_tail('distance') }}) end as p_value,
    from distances
)

select
    client_ref,
    feature,
    z,
    effect_h,
    features_tested,
    p_value,
    least(p_value * features_tested, 1) as corrected_p,
    coalesce(p_value * features_tested < {{ var('peer_significance') }}, false) as is_significant,
from probabilities
