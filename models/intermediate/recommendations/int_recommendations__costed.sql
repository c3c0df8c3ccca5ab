-- Grain: one row per client and rule whose condition the plan meets.
-- Decided here: what the change is expected to do (the published effect, never beyond what is left to 100 % or to the
-- cap) and what it costs: employer contributions at the expected deferral and participation, less those of today, as a
-- share of the pay of all who are eligible. What depends on an unknown figure is unknown.
with

staying as (
    select
        effect_low,
        effect_high,
        effect_per,
    from {{ ref('dim_recommendation_rule') }}
    where rule = 'escalation_missing'
),

joined as (
    select
        proposed.*,
        rules.effect_measure,
        rules.effect_per,
        rules.effect_low as rule_effect_low,
        rules.effect_high as rule_effect_high,
        plans.default_deferral_rate,
        plans.is_auto_enrollment_on,
        plans.current_participation,
        plans.average_contribution_rate,
        plans.core_floor_rate,
        plans.max_match_percentage,
        plans.match_tiers,
        coalesce(proposed.new_match_tiers, plans.match_tiers) as tiers_after,
        cast(list_sum(list_transform(
            proposed.new_match_tiers, lambda tier: (tier.employee_max - tier.employee_min) * tier.match_rate
        )) as decimal(18, 12)) as new_max_match_percentage,
        {% for side in ['low', 'high'] -%}
        cast(
            cast(staying.effect_per * staying.effect_{{ side }} as decimal(18, 12)) * proposed.new_escalation_rate
            as decimal(18, 12)
        ) as escalated_{{ side }},
        {% endfor -%}
    from {{ ref('int_recommendations__proposed') }} as proposed
    inner join {{ ref('int_recommendations__measured') }} as plans on proposed.client_ref = plans.client_ref
    inner join {{ ref('dim_recommendation_rule') }} as rules on proposed.rule = rules.rule
    cross join staying
),

effected as (
    select
        *,
        {% for side in ['low', 'high'] -%}
        cast(case rule
            when 'auto_enrollment_missing' then least(rule_effect_{{ side }}, 1 - current_participation)
            when 'match_below_peers' then case when is_auto_enrollment_on and new_max_match_percentage is not null
                then least(
                    (new_max_match_percentage - max_match_percentage) * rule_effect_{{ side }} / effect_per,
                    1 - current_participation
                )
            end
        end as decimal(18, 12)) as participation_lift_{{ side }},
        cast(case
            when rule = 'default_rate_low'
                then (new_default_rate - default_deferral_rate) * rule_effect_{{ side }}
            when is_escalating
                then least(
                    escalated_{{ side }}, greatest(new_escalation_cap - coalesce(average_contribution_rate, 0), 0)
                )
        end as decimal(18, 12)) as deferral_lift_{{ side }},
        {% endfor -%}
    from joined
),

expected as (
    select
        *,
        {% for side in ['low', 'high'] -%}
        case effect_measure
            when 'participation_points' then participation_lift_{{ side }}
            else deferral_lift_{{ side }}
        end as expected_{{ side }},
        average_contribution_rate + coalesce(deferral_lift_{{ side }}, 0) as deferral_{{ side }},
        case when is_enrolling
            then least(new_default_rate + coalesce(escalated_{{ side }}, 0), coalesce(new_escalation_cap, 1))
            else average_contribution_rate
        end as joining_deferral_{{ side }},
        {% endfor -%}
        match_tiers = [] and new_match_tiers is null as is_without_match,
    from effected
),

costed as (
    select
        *,
        {{ match_cost('current_participation', 'average_contribution_rate', '0', '0', 'match_tiers') | indent(8) }}
            as match_rate_today,
        {% for side in ['low', 'high'] -%}
        {{ match_cost(
            'current_participation', 'deferral_' ~ side, 'coalesce(participation_lift_' ~ side ~ ', 0)',
            'joining_deferral_' ~ side, 'tiers_after'
        ) | indent(8) }} as match_rate_{{ side }},
        {% endfor -%}
    from expected
)

select
    client_ref,
    rule,
    effect_measure as expected_measure,
    expected_low,
    expected_high,
    case
        when expected_low is not null then null
        when effect_measure is null or rule_effect_low is null then 'no_published_effect'
        when rule = 'match_below_peers' and new_max_match_percentage is null then 'no_match_stated'
        when rule = 'match_below_peers' and not coalesce(is_auto_enrollment_on, false)
            then 'effect_measured_under_auto_enrollment_only'
        else 'not_computed'
    end as expected_unknown_reason,
    new_max_match_percentage,
    core_floor_rate,
    current_participation,
    average_contribution_rate,
    match_tiers,
    tiers_after,
    {% for side in ['low', 'high'] -%}
    case
        when rule in ('true_up_missing', 'vesting_slower') then null
        when rule = 'match_below_peers' and new_match_tiers is null then null
        -- nothing is matched, so nothing more is; the employer's money keeps its wait
        when is_without_match or rule = 'eligibility_long' then 0
        else cast(match_rate_{{ side }} - match_rate_today as decimal(18, 12))
    end as cost_rate_{{ side }},
    coalesce(participation_lift_{{ side }}, 0) as participation_lift_{{ side }},
    deferral_{{ side }},
    joining_deferral_{{ side }},
    {% endfor -%}
    rule = 'match_dollar_for_dollar_low' as is_never_dearer,
    cast(match_rate_today + core_floor_rate as decimal(18, 12)) as employer_rate_today,
from costed
