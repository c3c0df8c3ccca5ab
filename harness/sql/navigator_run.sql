-- Grain: one row for the scenario database that is open.
-- Decided here: what it says of itself: the last run in it, how many there were, every formula that it computed with.
with

last_run as (
    select
        run_id,
        strftime(run_timestamp, '%Y-%m-%dT%H:%M:%SZ') as run_at,
        config_fingerprint,
        random_seed,
        start_year,
        end_year,
        scenario_id,
        planalign_version,
    from run_metadata
    qualify row_number() over (order by run_timestamp desc, run_id asc) = 1
),

echoes as (
    select distinct formula_id as echo from int_employee_match_calculations
    union
    select distinct event_payload ->> 'formula_id' as echo from fct_employer_match_events
)

select
    last_run.*,
    (select count(*) from run_metadata) as runs,
    (select list(coalesce(echo, '') order by echo) from echoes) as echoes,
    (select count(*) from fct_workforce_snapshot) as snapshot_rows,
    (select count(*) - count(distinct (employee_id, simulation_year)) from fct_workforce_snapshot) as rows_twice,
from (select 1) as once
left join last_run on true
