-- Grain: one row per client and completed year of service up to full vesting.
-- Decided here: nothing; the vesting array as rows.
select
    client_ref,
    cast(generate_subscripts(vesting_schedule_array, 1) - 1 as integer) as years_of_service,
    unnest(vesting_schedule_array) as vested_rate,
from {{ ref('fct_plan_design') }}
where vesting_schedule_array is not null
