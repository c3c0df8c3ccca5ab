-- Grain: one row per client and recommendation.
-- Decided here: how it is told: cost, reasons and evidence in words and figures. Rates are fractions of 1.
with

evidence as (
    select
        client_ref,
        feature,
        n,
        organisations,
        widening_step,
        percentile,
        adoption_share,
        corrected_p,
        effect_h,
        note,
        unpublished_reason,
    from {{ ref('fct_peer_benchmark') }}
),

told as (
    select
        judged.*,
        rules.source,
        rules.effect_note,
        to_json({
            'n': evidence.n,
            'organisations': evidence.organisations,
            'widening_step': evidence.widening_step,
            'percentile': {{ exact_rounded('evidence.percentile') }},
            'adoption_share': {{ exact_rounded('evidence.adoption_share') }},
            'p': {{ exact_rounded('evidence.corrected_p') }},
            'h': {{ exact_rounded('evidence.effect_h') }},
            'note': case
                when evidence.client_ref is null then 'No cohort is known for this feature.'
                when evidence.unpublished_reason is not null
                    then 'Nothing is published of the cohort: ' || evidence.unpublished_reason || '.'
                else evidence.note
            end,
            'source': coalesce(rules.source, 'none')
        }) as evidence,
    from {{ ref('int_recommendations__judged') }} as judged
    inner join {{ ref('dim_recommendation_rule') }} as rules on judged.rule = rules.rule
    left join evidence on judged.client_ref = evidence.client_ref and judged.feature = evidence.feature
)

select
    client_ref,
    recommendation,
    rule,
    priority,
    field,
    feature,
    gap,
    change,
    expected_measure,
    expected_low,
    expected_high,
    case
        when expected_low is not null
            then
                effect_note
                || case
                    when participation_lift_high > 0 and current_participation is null
                        then ' Participation today is not known, so the room is not taken into account.'
                    when is_escalating and average_contribution_rate is null
                        then ' The average deferral is not known, so the room up to the cap is not taken into account.'
                    else ''
                end
        when expected_unknown_reason = 'no_match_stated'
            then 'No single match that reaches the median can be stated, so its effect is not either.'
        when expected_unknown_reason = 'effect_measured_under_auto_enrollment_only'
            then 'The published effect was measured under automatic enrolment, which this plan does not have.'
        else effect_note
    end as expected_note,
    cast(cost_rate_low as decimal(18, 12)) as cost_rate_low,
    cast(cost_rate_high as decimal(18, 12)) as cost_rate_high,
    employer_rate_today,
    {% for side in ['low', 'high'] -%}
    -- to the nearest dollar: the payroll is no more exact
    cast(round(cost_rate_{{ side }} * annual_payroll_amount, 0) as decimal(18, 2)) as cost_amount_{{ side }},
    {% endfor -%}
    case
        when cost_rate_low is null and rule in ('true_up_missing', 'vesting_slower')
            then 'The cost depends on who leaves and on how deferrals are spread over the year, which is not known.'
        when cost_rate_low is null
            then
                'The cost is unknown: '
                || case
                    when expected_unknown_reason = 'no_match_stated'
                        then 'no single match that reaches the median can be stated.'
                    when current_participation is null and average_contribution_rate is null
                        then 'neither participation nor the average deferral is known.'
                    when current_participation is null then 'participation is not known.'
                    when average_contribution_rate is null then 'the average deferral is not known.'
                    else 'the match cannot be told from an average deferral.'
                end
        else
            'As a share of the pay of all eligible, at the average deferral'
            || coalesce('; the employer spends ' || {{ percent_text('employer_rate_today') }} || ' today', '')
            || '.'
            || case
                when annual_payroll_amount is not null
                    then
                        ' In dollars a year, on a payroll of $'
                        || format('{:,}', cast(annual_payroll_amount as bigint)) || '.'
                when has_payroll_text then ' In dollars unknown: the payroll stated is no plain figure.'
                else ' In dollars unknown: the Design Matrix states no payroll.'
            end
    end as cost_note,
    complexity,
    months_to_implement,
    evidence,
    not_exported_reason is null as is_exported,
    not_exported_reason,
    case not_exported_reason
        when 'client_held' then 'The client is held; none of its scenarios goes out.'
        when 'plan_type_excluded' then 'Such a plan may not, or not without more: ' || exclusion_source
        when 'safe_harbor_formula'
            then 'The plan is, or may be, a safe harbour, whose formula is the statute''s (IRC 401(k)(12) and (13)).'
        when 'no_navigator_lever' then 'The provision is no input of the simulation, so there is no scenario of it.'
        when 'not_representable'
            then
                'No single match reaches the median without a tier beyond 10 % of pay, or the match depends on service.'
        when 'cost_unknown'
            then
                'Whether it raises employer spend by more than ' || {{ percent_text('spend_rise_max') }}
                || ' cannot be told.'
        when 'present_spend_unknown' then 'What the employer spends today is unknown, so the rise cannot be judged.'
        when 'cost_above_20_percent'
            then
                'It may raise employer spend by ' || {{ percent_text('cost_rate_dearest') }} || ' of pay, more than '
                || {{ percent_text('spend_rise_max') }} || ' of the ' || {{ percent_text('employer_rate_today') }}
                || ' of today.'
    end as not_exported_message,
    case when not_exported_reason is null then client_ref || '__' || recommendation end as delivery_key,
from told
