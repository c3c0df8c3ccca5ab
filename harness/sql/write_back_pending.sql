-- Grain: one row per client, scenario and simulated year whose outcome the Design Matrix does not hold as it is now.
-- Decided here: what is written back: accepted outcomes of the present design, of clients that stand in the matrix. One
-- that differs from the last version becomes the next version; none is overwritten. `{{latest}}` is the table as it is.
with

outcomes as (
    select
        matrix.client_id,
        outcomes.* exclude (client_ref, run_id),
        scenarios.seed,
        outcomes.run_id as navigator_run_id,
    from marts.fct_navigator_outcome as outcomes
    inner join marts.dim_scenario as scenarios
        on outcomes.client_ref = scenarios.client_ref and outcomes.scenario = scenarios.scenario
    inner join state.client_ref as refs on outcomes.client_ref = refs.client_ref
    inner join (select distinct cast(client_id as varchar) as client_id from {matrix}) as matrix
        on refs.client_id = trim(matrix.client_id)
    where scenarios.outcome_status = 'accepted'
),

latest as (
    select *
    from {latest}
    qualify row_number() over (partition by client_id, scenario, simulation_year order by version desc) = 1
)

select
    outcomes.*,
    coalesce(latest.version, 0) + 1 as version,
from outcomes
left join latest
    on
        outcomes.client_id = latest.client_id
        and outcomes.scenario = latest.scenario
        and outcomes.simulation_year = latest.simulation_year
where
    latest.version is null
    or ({compared_new}) is distinct from ({compared_old})
order by outcomes.client_id, outcomes.scenario, outcomes.simulation_year
