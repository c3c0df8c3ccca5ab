-- Grain: one row per gap of one client, the ones that are worse for employees first, the widest first.
-- Parameter: variable `client_ref`. Needs the macros of figures.sql.
select
    gaps.feature,
    features.label,
    gaps.direction,
    case
        when features.more_is is null then null
        when (features.more_is = 'better') = (gaps.direction in ('above', 'present')) then 'better'
        else 'worse'
    end as for_employees,
    gaps.client_value,
    gaps.cohort_value,
    gaps.gap_points,
    gaps.percentile,
    gaps.effect_h,
    gaps.corrected_p,
    gaps.is_significant,
    gaps.n,
    case
        when gaps.direction in ('below', 'above')
            then
                features.label || ' ' || figure(gaps.client_value, features.unit) || ', '
                || gaps.direction || ' the peers'' median of ' || figure(gaps.cohort_value, features.unit)
                || ' (' || ordinal(cast(round(gaps.percentile * 100) as integer)) || ' percentile)'
        when gaps.direction = 'absent'
            then features.label || ' is absent; ' || percent(gaps.cohort_value) || ' of the peers have it'
        else features.label || ' is there; only ' || percent(gaps.cohort_value) || ' of the peers have it'
    end as told,
    case
        when gaps.is_significant
            then
                'significant: p '
                || if(gaps.corrected_p < 0.001, '<0.001', format('{:.3f}', gaps.corrected_p))
                || ' corrected, h ' || format('{:.2f}', gaps.effect_h)
        else 'no test applies to a single value among ' || gaps.n || '; its place is descriptive'
    end as significance,
from fct_gap as gaps
inner join dim_feature as features on gaps.feature = features.feature
where gaps.client_ref = getvariable('client_ref')
order by for_employees desc nulls last, abs(gaps.gap_points) desc, gaps.feature;
