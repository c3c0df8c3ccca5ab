-- Grain: one row per client of whose scenarios Navigator modelled one or tried to.
-- Decided here: which outcomes are told - the accepted ones of the design of today; of others only that there is one,
-- and why it is not told. A change is told where fct_scenario_effect compares the two.
with

formulas as (
    select
        any_value(formula_id || '/' || version) filter (where component = 'participation') as participation,
        any_value(formula_id || '/' || version) filter (where component = 'average_deferral') as average_deferral,
        any_value(formula_id || '/' || version) filter (where component = 'employer_cost') as employer_cost,
        any_value(formula_id || '/' || version) filter (where component = 'eligible_count') as eligible_count,
        any_value(formula_id || '/' || version) filter (where component = 'participating_count') as participating_count,
        any_value(formula_id || '/' || version) filter (where component = 'change') as change,
    from {{ ref('fhi_formulas') }}
    where element = 'modelled'
),

scenarios as (
    select
        client_ref,
        scenario,
        outcome_status,
        design_status,
        case
            when outcome_status = 'stale' then 'stale'
            when outcome_status <> 'accepted' then coalesce(problem_code, outcome_status)
        end as unknown_reason,
    from {{ ref('dim_scenario') }}
    where outcome_status <> 'none'
),

years as (
    select
        outcomes.client_ref,
        outcomes.scenario,
        list({
            'simulation_year': outcomes.simulation_year,
            'eligible_count': {{ fhi_modelled('eligible_count', 'outcomes.eligible_employees',
                "{'eligible_employees': outcomes.eligible_employees}", 'effects.eligible_employees_change',
                is_count=true) | indent(12) }},
            'participating_count': {{ fhi_modelled('participating_count', 'outcomes.participants',
                "{'participants': outcomes.participants}", 'effects.participants_change',
                is_count=true) | indent(12) }},
            'participation': {{ fhi_modelled('participation', 'outcomes.participation_rate_eligible',
                "{'participation_rate_eligible': " ~ exact('outcomes.participation_rate_eligible') ~ "}",
                'effects.participation_rate_eligible_change') | indent(12) }},
            'average_deferral': {{ fhi_modelled('average_deferral', 'outcomes.avg_deferral_participants',
                "{'avg_deferral_participants': " ~ exact('outcomes.avg_deferral_participants') ~ "}",
                'effects.avg_deferral_participants_change') | indent(12) }},
            'employer_cost': {{ fhi_modelled('employer_cost', 'outcomes.employer_cost_rate',
                "{'employer_total_amount': " ~ exact('outcomes.employer_total_amount')
                ~ ", 'compensation_amount': " ~ exact('outcomes.compensation_amount') ~ "}",
                'effects.employer_cost_rate_change') | indent(12) }}
        } order by outcomes.simulation_year) as years,
    from {{ ref('fct_navigator_outcome') }} as outcomes
    inner join scenarios on outcomes.client_ref = scenarios.client_ref and outcomes.scenario = scenarios.scenario
    left join {{ ref('fct_scenario_effect') }} as effects
        on
            outcomes.client_ref = effects.client_ref
            and outcomes.scenario = effects.scenario
            and outcomes.simulation_year = effects.simulation_year
    cross join formulas
    where scenarios.unknown_reason is null
    group by outcomes.client_ref, outcomes.scenario
)

select
    scenarios.client_ref,
    to_json(list({
        'scenario': scenarios.scenario,
        'outcome_status': scenarios.outcome_status,
        'design_status': scenarios.design_status,
        'unknown_reason': scenarios.unknown_reason,
        'years': coalesce(to_json(years.years), cast('[]' as json))
    } order by scenarios.scenario <> 'baseline', scenarios.scenario)) as scenarios,
    bool_or(scenarios.scenario = 'baseline' and scenarios.unknown_reason is null) as has_baseline_outcome,
from scenarios
left join years on scenarios.client_ref = years.client_ref and scenarios.scenario = years.scenario
group by scenarios.client_ref
