-- Grain: one row per client of the present load, held ones included.
-- Decided here: savings rate, gap, readiness, score and band, by the formulas of seed fhi_formulas. The score is the weighted mean of
-- the known components, and there is none below the known share that it takes; it has six places, so that the twelve of
-- the components leave no trace in it. Halves are rounded up.
with

weighed as (
    select
        client_ref,
        sum(weight) as total_weight,
        coalesce(sum(weight) filter (where value is not null), 0) as known_weight,
        sum(cast(weight * value as decimal(18, 12))) as points,
    from {{ ref('int_fhi__components') }}
    group by client_ref
),

scored as (
    select
        measured.client_ref,
        measured.total_savings_rate,
        measured.total_savings_rate_reason,
        measured.participation_rate_reason,
        measured.savings_target,
        measured.known_share_min,
        measured.coping_from,
        measured.healthy_from,
        cast(weighed.total_weight as decimal(18, 12)) as total_weight,
        cast(weighed.known_weight as decimal(18, 12)) as known_weight,
        case when measured.total_savings_rate is not null then greatest(measured.savings_target - measured.total_savings_rate, 0) end
            as preparedness_gap,
        {{ exact_quotient(
            'case when measured.total_savings_rate > measured.savings_target then measured.savings_target'
            ~ ' else measured.total_savings_rate end',
            'measured.savings_target', factor='measured.participation_rate'
        ) | indent(8) }} as retirement_readiness,
        case
            when weighed.known_weight >= measured.known_share_min * weighed.total_weight
                then {{ exact_quotient('weighed.points', 'weighed.known_weight', factor='100', places=6) | indent(16) }}
        end as plan_health_score,
    from {{ ref('int_fhi__measured') }} as measured
    inner join weighed on measured.client_ref = weighed.client_ref
)

select
    client_ref,
    plan_health_score,
    case when plan_health_score is null then 'too_little_known' end as plan_health_score_unknown_reason,
    known_weight,
    total_weight,
    known_share_min,
    case
        when plan_health_score < coping_from then 'vulnerable'
        when plan_health_score < healthy_from then 'coping'
        when plan_health_score >= healthy_from then 'healthy'
    end as band,
    case when plan_health_score is null then 'too_little_known' end as band_unknown_reason,
    coping_from,
    healthy_from,
    retirement_readiness,
    case
        when retirement_readiness is null then coalesce(total_savings_rate_reason, participation_rate_reason, 'unknown')
    end as retirement_readiness_unknown_reason,
    cast(preparedness_gap as decimal(18, 12)) as preparedness_gap,
    case when preparedness_gap is null then coalesce(total_savings_rate_reason, 'unknown') end
        as preparedness_gap_unknown_reason,
    total_savings_rate,
    case when total_savings_rate is null then coalesce(total_savings_rate_reason, 'unknown') end
        as total_savings_rate_unknown_reason,
from scored
