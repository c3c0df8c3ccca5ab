-- Grain: one row per client that goes out and scenario: the baseline, each exported recommendation, and all P1 and P2
-- together.
-- Decided here: which provision each scenario puts in the plan's place (null keeps the plan's own), and what of P1 and
-- P2 stands in `recommended`: where two change the same lever the higher priority wins; where all together cost more
-- than the limit only the first stays. What is left out is said.
with

exported as (
    select
        judged.*,
        recommendations.delivery_key,
        to_json({
            'recommendation': judged.recommendation,
            'rule': judged.rule,
            'priority': judged.priority,
            'gap': judged.gap,
            'change': judged.change,
            'expected_impact': {
                'measure': recommendations.expected_measure,
                'low': {{ exact('recommendations.expected_low') }},
                'high': {{ exact('recommendations.expected_high') }},
                'note': recommendations.expected_note
            },
            'cost': {
                'rate_low': {{ exact('recommendations.cost_rate_low') }},
                'rate_high': {{ exact('recommendations.cost_rate_high') }},
                'amount_low': {{ exact('recommendations.cost_amount_low') }},
                'amount_high': {{ exact('recommendations.cost_amount_high') }},
                'note': recommendations.cost_note
            },
            'complexity': judged.complexity,
            'timeline': {'months_to_implement': judged.months_to_implement},
            'evidence': recommendations.evidence
        }) as parts,
    from {{ ref('int_recommendations__judged') }} as judged
    inner join {{ ref('fct_recommendation') }} as recommendations
        on judged.client_ref = recommendations.client_ref and judged.rule = recommendations.rule
    where recommendations.is_exported
),

claimed as (
    select
        client_ref,
        rule,
        priority,
        rule_order,
        unnest(levers) as lever,
    from exported
    where priority in ('P1', 'P2')
),

contested as (
    select
        client_ref,
        rule,
        row_number() over (partition by client_ref, lever order by priority, rule_order) as place,
    from claimed
),

won as (
    select
        client_ref,
        rule,
    from contested
    group by client_ref, rule
    having max(place) = 1
),

winning as (
    select
        exported.*,
        row_number() over (partition by exported.client_ref order by exported.priority, exported.rule_order) as place,
    from exported
    inner join won on exported.client_ref = won.client_ref and exported.rule = won.rule
),

-- what all of them cost together, at the dear end of each
together as (
    select
        client_ref,
        any_value(current_participation) as participation,
        max(deferral_high) as deferral,
        least(sum(participation_lift_high), 1 - any_value(current_participation)) as joining,
        max(joining_deferral_high) as joining_deferral,
        coalesce(any_value(new_match_tiers), any_value(tiers_after)) as tiers,
        any_value(core_floor_rate) as core_floor_rate,
        any_value(employer_rate_today) as employer_rate_today,
        any_value(spend_rise_max) as spend_rise_max,
        count(*) as changes,
    from winning
    group by client_ref
),

affordable as (
    select
        client_ref,
        changes = 1 or coalesce(
            {{ match_cost('participation', 'deferral', 'joining', 'joining_deferral', 'tiers') | indent(12) }}
            + core_floor_rate <= (1 + spend_rise_max) * employer_rate_today, false
        ) as are_all_affordable,
    from together
),

combined as (
    select winning.*
    from winning
    inner join affordable on winning.client_ref = affordable.client_ref
    where affordable.are_all_affordable or winning.place = 1
),

left_out as (
    select
        exported.client_ref,
        list({
            'recommendation': exported.recommendation,
            'reason': case
                when winning.rule is null then 'Another recommendation changes the same provision.'
                else 'All together would raise employer spend by more than 20 %.'
            end
        } order by exported.rule_order) as left_out,
    from exported
    left join combined on exported.client_ref = combined.client_ref and exported.rule = combined.rule
    left join winning on exported.client_ref = winning.client_ref and exported.rule = winning.rule
    where exported.priority in ('P1', 'P2') and combined.rule is null
    group by exported.client_ref
),

replaced as (
    select
        client_ref,
        recommendation as scenario,
        delivery_key as stem,
        new_default_rate,
        new_escalation_rate,
        new_escalation_cap,
        is_enrolling,
        new_match_tiers,
        new_waiting_months,
        to_json({
            'scenario': recommendation, 'changes': [parts], 'left_out': cast('[]' as json)
        }) as recommendation,
    from exported
    union all
    select
        combined.client_ref,
        'recommended' as scenario,
        combined.client_ref || '__recommended' as stem,
        any_value(combined.new_default_rate) as new_default_rate,
        any_value(combined.new_escalation_rate) as new_escalation_rate,
        any_value(combined.new_escalation_cap) as new_escalation_cap,
        bool_or(combined.is_enrolling) as is_enrolling,
        any_value(combined.new_match_tiers) as new_match_tiers,
        any_value(combined.new_waiting_months) as new_waiting_months,
        to_json({
            'scenario': 'recommended',
            'changes': list(combined.parts order by combined.place),
            'left_out': coalesce(to_json(any_value(left_out.left_out)), cast('[]' as json))
        }) as recommendation,
    from combined
    left join left_out on combined.client_ref = left_out.client_ref
    group by combined.client_ref
    union all
    select
        client_ref,
        'baseline' as scenario,
        client_ref || '_baseline' as stem,
        null as new_default_rate,
        null as new_escalation_rate,
        null as new_escalation_cap,
        false as is_enrolling,
        null as new_match_tiers,
        null as new_waiting_months,
        null as recommendation,
    from {{ ref('int_recommendations__measured') }}
    where is_ready
)

select
    client_ref,
    scenario,
    stem,
    new_default_rate,
    new_escalation_rate,
    new_escalation_cap,
    is_enrolling,
    new_match_tiers,
    list_sum(list_transform(
        new_match_tiers, lambda tier: (tier.employee_max - tier.employee_min) * tier.match_rate
    )) as new_max_match_percentage,
    new_waiting_months,
    recommendation,
from replaced
