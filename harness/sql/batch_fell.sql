-- Grain: one row per client and feature whose place among the peers fell since the publication before (attached as `before`).
-- Decided here: by at least `fell_by` percentile points in the direction that is worse for employees, or a feature that was
-- there and is not (or the other way round where more is worse); and why.
with

compared as (
    select
        now.client_ref,
        now.feature,
        features.label,
        features.unit,
        features.kind,
        before.client_value as value_before,
        now.client_value as value_now,
        before.percentile as percentile_before,
        now.percentile as percentile_now,
        before.peer_group_key is distinct from now.peer_group_key as is_other_group,
        if(features.more_is = 'worse', -1, 1) as direction,
    from fct_peer_benchmark as now
    inner join before.main.fct_peer_benchmark as before
        on now.client_ref = before.client_ref and now.feature = before.feature
    inner join selected on now.client_ref = selected.client_ref
    inner join dim_feature as features on now.feature = features.feature
    where features.more_is is not null
)

select
    client_ref,
    feature,
    label,
    figure(value_before, unit) as value_before,
    figure(value_now, unit) as value_now,
    percentile_before,
    percentile_now,
    (percentile_now - percentile_before) * 100 as points,
    case
        when value_before is distinct from value_now then 'own value changed'
        when is_other_group then 'compared with another group'
        else 'peers moved'
    end as cause,
from compared
where
    (
        kind = 'continuous'
        and direction * (percentile_before - percentile_now) * 100 >= cast(getvariable('fell_by') as double) - 1e-9
        and percentile_before <> percentile_now
    )
    or (kind = 'yes_no' and direction * (value_before - value_now) > 0)
order by abs(points) desc nulls first, client_ref, feature;
