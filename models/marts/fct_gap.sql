-- Grain: one row per client and feature in which the client differs from its peers.
-- Decided here: what a gap is. Continuous: more than the threshold from the median's rank, and another value than the
-- median's. Yes/no: the client does not do as its peers, significant after correction, |h| above the threshold.
with

distances as (
    select
        *,
        case
            when test is not null then round(client_value - adoption_share, 12)
            else round(percentile - 0.5, 12)
        end as gap,
    from {{ ref('fct_peer_benchmark') }}
    where unpublished_reason is null and client_value is not null
)

select
    client_ref,
    feature,
    case
        when test is null and gap < 0 then 'below'
        when test is null then 'above'
        when client_value = 0 then 'absent'
        else 'present'
    end as direction,
    client_value,
    case when test is null then cast(median as double) else adoption_share end as cohort_value,
    round(gap * 100, 10) as gap_points,
    percentile,
    effect_h,
    corrected_p,
    is_significant,
    n,
from distances
where
    (test is null and abs(gap) > {{ var('peer_gap_percentile') }} and client_value <> median)
    or (test is not null and is_significant and abs(effect_h) > {{ var('peer_gap_effect') }})
