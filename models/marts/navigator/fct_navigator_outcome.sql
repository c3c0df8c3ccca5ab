-- Grain: one row per client, scenario and simulated year of the accepted result in force.
-- Decided here: nothing; whether the design is still the present one stands in dim_scenario.
select
    results.client_ref,
    {{ scenario_of('results.delivery_key', 'results.client_ref') }} as scenario,
    outcomes.simulation_year,
    outcomes.eligible_employees,
    outcomes.participants,
    outcomes.participation_rate_active,
    outcomes.participation_rate_eligible,
    outcomes.participation_rate_all,
    outcomes.avg_deferral_participants,
    outcomes.avg_deferral_all_eligible,
    outcomes.employee_contributions_amount,
    outcomes.employer_match_amount,
    outcomes.employer_core_amount,
    outcomes.employer_total_amount,
    outcomes.compensation_amount,
    outcomes.employer_cost_rate,
    outcomes.forfeitures_amount,
    results.echo,
    results.navigator_version,
    results.navigator_run_id as run_id,
from {{ ref('int_outcomes__judged') }} as results
inner join {{ source('navigator', 'navigator_outcome') }} as outcomes on results.result_id = outcomes.result_id
