-- Grain: one row per thing that is not known of one client and would let more be said, the fields that hold most first.
-- Parameter: variable `client_ref`.
with

features as (
    select
        benchmarks.client_ref,
        benchmarks.feature,
        features.label,
        features.field,
        benchmarks.client_unknown_reason,
        benchmarks.unpublished_reason,
    from fct_peer_benchmark as benchmarks
    inner join dim_feature as features on benchmarks.feature = features.feature
    where benchmarks.client_ref = getvariable('client_ref')
),

-- what does not apply to the plan (the default rate without automatic enrolment) is missing nowhere
unknown as (
    select
        'field' as kind,
        features.field as name,
        any_value(features.client_unknown_reason order by features.label) as reason,
        any_value(statuses.message order by features.label) as message,
        any_value(statuses.resolve order by features.label) as resolve,
        list(features.label order by features.label) as blocks,
        1 as place,
    from features
    left join fct_field_status as statuses
        on
            features.client_ref = statuses.client_ref and features.field = statuses.field
            and statuses.status in ('unresolved', 'rejected')
    where features.client_unknown_reason is not null and features.client_unknown_reason <> 'not_applicable'
    group by features.field
),

few as (
    select
        'cohort' as kind,
        unpublished_reason as name,
        'too_few_peers' as reason,
        unpublished_reason as message,
        'More plans of the same kind whose value is known.' as resolve,
        list(label order by label) as blocks,
        3 as place,
    from features
    where unpublished_reason is not null
    group by unpublished_reason
),

-- a cost that is unknown keeps a recommendation from being exported
costs as (
    select
        'recommendation' as kind,
        not_exported_reason as name,
        not_exported_reason as reason,
        any_value(not_exported_message || ' ' || cost_note order by recommendation) as message,
        'State participation, the average deferral and the nonelective contribution in the Design Matrix.' as resolve,
        list(recommendation order by recommendation) as blocks,
        2 as place,
    from fct_recommendation
    where
        client_ref = getvariable('client_ref')
        and not_exported_reason in ('cost_unknown', 'present_spend_unknown')
    group by not_exported_reason
)

select kind, name, reason, message, resolve, blocks
from (
    select * from unknown
    union all
    select * from few
    union all
    select * from costs
)
order by place, len(blocks) desc, name;
