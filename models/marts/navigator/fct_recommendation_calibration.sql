-- Grain: one row per recommendation.
-- Decided here: which modelled figure speaks to a stated one, and in which year: participation of the eligible, and the
-- average deferral of those who take part, in the last simulated year, when the change has had the most time.
with

recommendations as (
    select
        client_ref,
        recommendation,
        expected_measure,
        expected_low,
        expected_high,
        is_exported,
    from {{ ref('fct_recommendation') }}
),

scenarios as (
    select
        client_ref,
        scenario,
        outcome_status,
        problem_code,
    from {{ ref('dim_scenario') }}
),

effects as (
    select
        client_ref,
        scenario,
        simulation_year,
        refused_reason,
        participation_rate_eligible_change,
        avg_deferral_participants_change,
    from {{ ref('fct_scenario_effect') }}
    qualify row_number() over (partition by client_ref, scenario order by simulation_year desc) = 1
),

lifted as (
    select
        recommendations.*,
        effects.simulation_year,
        effects.refused_reason,
        scenarios.outcome_status,
        scenarios.problem_code,
        case recommendations.expected_measure
            when 'participation_points' then effects.participation_rate_eligible_change
            when 'average_deferral_points' then effects.avg_deferral_participants_change
        end as modelled_lift,
    from recommendations
    left join scenarios
        on recommendations.client_ref = scenarios.client_ref and recommendations.recommendation = scenarios.scenario
    left join effects
        on recommendations.client_ref = effects.client_ref and recommendations.recommendation = effects.scenario
)

select
    client_ref,
    recommendation,
    expected_measure,
    expected_low,
    expected_high,
    simulation_year,
    cast(modelled_lift as decimal(18, 12)) as modelled_lift,
    case
        when not is_exported then 'not_exported'
        when outcome_status in ('refused', 'failed') then outcome_status
        when simulation_year is null then 'not_modelled'
        when refused_reason is not null then 'not_comparable'
        when modelled_lift is null then 'not_measured'
        when expected_low is null or expected_high is null then 'no_range_stated'
        when modelled_lift < expected_low then 'below'
        when modelled_lift > expected_high then 'above'
        else 'inside'
    end as verdict,
    coalesce(refused_reason, case when outcome_status in ('refused', 'failed') then problem_code end) as reason,
from lifted
