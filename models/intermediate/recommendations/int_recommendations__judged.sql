-- Grain: one row per client and rule whose condition the plan meets.
-- Decided here: the priority (contract benchmarks.md), and whether a scenario may go out. The low end of the expected
-- range settles the priority, the dear end of the cost range the limit: neither gives a change more than is known.
with

limits as (
    select cast({{ var('recommendation_spend_rise_max') }} as decimal(9, 4)) as spend_rise_max,
),

joined as (
    select
        proposed.*,
        costed.expected_measure,
        costed.expected_low,
        costed.expected_high,
        costed.expected_unknown_reason,
        costed.core_floor_rate,
        costed.current_participation,
        costed.average_contribution_rate,
        costed.tiers_after,
        costed.cost_rate_low,
        costed.cost_rate_high,
        costed.participation_lift_high,
        costed.deferral_high,
        costed.joining_deferral_high,
        costed.is_never_dearer,
        costed.employer_rate_today,
        rules.feature,
        rules.field,
        rules.levers,
        rules.complexity,
        rules.months_to_implement,
        rules.is_simulated,
        rules.exclusion_source,
        plans.is_ready,
        coalesce(plans.is_safe_harbor, false) as is_safe_harbor,
        plans.annual_payroll_amount,
        plans.has_payroll_text,
        limits.spend_rise_max,
        rules.not_for_plan_types,
        plans.plan_type,
        coalesce(list_contains(rules.not_for_industries, plans.industry), false) as is_industry_excluded,
        greatest(costed.cost_rate_low, costed.cost_rate_high) as cost_rate_dearest,
    from {{ ref('int_recommendations__proposed') }} as proposed
    inner join {{ ref('int_recommendations__costed') }} as costed
        on proposed.client_ref = costed.client_ref and proposed.rule = costed.rule
    inner join {{ ref('int_recommendations__measured') }} as plans on proposed.client_ref = plans.client_ref
    inner join {{ ref('dim_recommendation_rule') }} as rules on proposed.rule = rules.rule
    cross join limits
),

weighed as (
    select
        *,
        is_industry_excluded
        or coalesce(list_bool_or(list_transform(
            not_for_plan_types,
            -- 457(b), 457b and 457 (b) are one plan type
            lambda kind: contains(
                regexp_replace(lower(plan_type), '[^a-z0-9]+', '', 'g'),
                regexp_replace(kind, '[^a-z0-9]+', '', 'g')
            )
        )), false) as is_excluded,
        coalesce(
            (expected_measure = 'participation_points' and expected_low > 0.05)
            or (expected_measure = 'average_deferral_points' and expected_low > 0.01), false
        ) as is_large_lift,
        coalesce(expected_measure = 'participation_points' and expected_low >= 0.02, false) as is_some_lift,
    from joined
)

select
    *,
    case
        when is_large_lift and complexity = 'low' then 'P1'
        when is_large_lift then 'P2'
        when is_some_lift and complexity = 'low' then 'P3'
        else 'P4'
    end as priority,
    case
        when not coalesce(is_ready, false) then 'client_held'
        when is_excluded then 'plan_type_excluded'
        when list_contains(levers, 'match') and is_safe_harbor then 'safe_harbor_formula'
        when not is_simulated then 'no_navigator_lever'
        when list_contains(levers, 'match') and new_match_tiers is null then 'not_representable'
        when is_never_dearer then null
        when cost_rate_dearest is null then 'cost_unknown'
        when cost_rate_dearest > 0 and employer_rate_today is null then 'present_spend_unknown'
        when cost_rate_dearest > spend_rise_max * employer_rate_today then 'cost_above_20_percent'
    end as not_exported_reason,
from weighed
