-- Grain: one row per simulated year of one scenario, from three answers of Navigator's API, held as JSON text in
-- the variables active (dc-plan, active_only=true), everyone (dc-plan, active_only=false) and forfeitures ('' where
-- it was not asked); forfeitures_unknown says why there is none.
-- Decided here: which answer a figure comes from, what is a percent number there and a fraction here, which figures
-- contradict one another. Money and compensation are sums over all rows, participation is of active people.
with

active_items as (
    select unnest(json_extract(cast(getvariable('active') as json), '$.contribution_by_year[*]')) as item
),

everyone_items as (
    select unnest(json_extract(cast(getvariable('everyone') as json), '$.contribution_by_year[*]')) as item
),

forfeiture_items as (
    select unnest(json_extract(
        cast(coalesce(nullif(getvariable('forfeitures'), ''), '{}') as json), '$.scenarios[0].years[*]'
    )) as item
),

active as (
    select
        cast(item ->> 'year' as integer) as simulation_year,
        cast(item ->> 'total_eligible_count' as bigint) as active_employees,
        cast(item ->> 'participant_count' as bigint) as participants,
        cast(item ->> 'participation_rate' as double) as participation_percent,
        cast(item ->> 'average_deferral_rate' as double) as average_deferral_rate
    from active_items
),

everyone as (
    select
        cast(item ->> 'year' as integer) as simulation_year,
        cast(item ->> 'total_eligible_count' as bigint) as employees,
        cast(cast(item ->> 'total_employee_contributions' as double) as decimal(18, 2)) as employee_amount,
        cast(cast(item ->> 'total_employer_match' as double) as decimal(18, 2)) as match_amount,
        cast(cast(item ->> 'total_employer_core' as double) as decimal(18, 2)) as core_amount,
        cast(cast(item ->> 'total_employer_cost' as double) as decimal(18, 2)) as total_amount,
        cast(cast(item ->> 'total_compensation' as double) as decimal(18, 2)) as compensation_amount,
        cast(item ->> 'employer_cost_rate' as double) as employer_cost_percent
    from everyone_items
),

forfeited as (
    select
        cast(item ->> 'simulation_year' as integer) as simulation_year,
        cast(item ->> 'has_prior_year_basis' as boolean) as has_basis,
        cast(cast(item ->> 'forfeited_amount' as double) as decimal(18, 2)) as forfeited_amount
    from forfeiture_items
),

joined as (
    select
        simulation_year,
        active.* exclude (simulation_year),
        everyone.* exclude (simulation_year),
        active.active_employees is not null and everyone.employees is not null as is_in_both,
        forfeited.has_basis,
        forfeited.forfeited_amount,
        simulation_year = min(simulation_year) over () as is_first_year,
        cast(participants as double) / nullif(active_employees, 0) as participation_rate,
        (match_amount + core_amount) / nullif(compensation_amount, 0) as cost_rate
    from active
    full join everyone using (simulation_year)
    left join forfeited using (simulation_year)
),

checked as (
    select
        *,
        -- the server rounds percent numbers to two places; a null comparison is a contradiction, too
        case
            when is_in_both is not true then 'year_in_one_answer_only'
            when (participants between 0 and active_employees and active_employees <= employees) is not true
                then 'counts_contradict'
            when abs(coalesce(participation_rate, 0) * 100 - participation_percent) < 0.006 is not true
                then 'participation_is_no_percent'
            when (average_deferral_rate between 0 and 1) is not true then 'deferral_is_no_fraction'
            when least(employee_amount, match_amount, core_amount, compensation_amount) >= 0 is not true
                or abs(match_amount + core_amount - total_amount) <= 0.02 is not true
                then 'amounts_contradict'
            when abs(coalesce(cost_rate, 0) * 100 - employer_cost_percent) < 0.006 is not true
                then 'cost_rate_is_no_percent'
        end as problem
    from joined
)

select
    simulation_year,
    employees,
    active_employees,
    participants,
    try_cast(participation_rate as decimal(18, 12)) as participation_rate_active,
    -- an average over nobody comes as 0
    case when participants > 0 then try_cast(average_deferral_rate as decimal(18, 12)) end as avg_deferral_participants,
    employee_amount as employee_contributions_amount,
    match_amount as employer_match_amount,
    core_amount as employer_core_amount,
    cast(match_amount + core_amount as decimal(18, 2)) as employer_total_amount,
    compensation_amount,
    try_cast(cost_rate as decimal(18, 12)) as employer_cost_rate,
    case when has_basis and not is_first_year then forfeited_amount end as forfeitures_amount,
    case
        when is_first_year then 'first_year'
        when nullif(getvariable('forfeitures'), '') is null then getvariable('forfeitures_unknown')
        when has_basis is not true or forfeited_amount is null then 'not_reported'
    end as forfeitures_unknown_reason,
    problem
from checked
order by simulation_year
