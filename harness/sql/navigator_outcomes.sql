-- Grain: one row per simulated year of the scenario database that is open; nobody's own row leaves it.
-- Decided here: Navigator's own definitions (contract navigator.md, sections 2 and 3), to the cent. The variable
-- `vesting` is the plan's vesting array as JSON: the vested share by completed year of service, the last one for all years after.
with

schedule as (
    select cast(cast(getvariable('vesting') as json) as decimal(9, 6)[]) as vesting
),

people as (
    select
        simulation_year,
        employee_id,
        upper(employment_status) = 'ACTIVE' as is_active,
        coalesce(current_eligibility_status = 'eligible', false) as is_eligible,
        coalesce(is_enrolled_flag, false) as is_enrolled,
        coalesce(participation_status = 'participating', false) as is_participating,
        coalesce(current_deferral_rate, 0) as deferral_rate,
        prorated_annual_contributions as own_contributions,
        employer_match_amount,
        employer_core_amount,
        prorated_annual_compensation as compensation,
        coalesce(total_employer_contributions, 0) as employer_contributions,
        greatest(coalesce(current_tenure, 0), 0) as years_of_service,
    from fct_workforce_snapshot
),

-- what earlier simulated years paid in for people who left in this one; a person counts once
leavers as (
    select
        gone.simulation_year,
        gone.employee_id,
        gone.years_of_service,
        cast(sum(paid.employer_contributions) as decimal(24, 6)) as basis,
    from people as gone
    inner join people as paid
        on gone.employee_id = paid.employee_id and gone.simulation_year > paid.simulation_year and paid.is_active
    where not gone.is_active
    group by gone.simulation_year, gone.employee_id, gone.years_of_service
    having sum(paid.employer_contributions) > 0
),

unvested as (
    select
        leavers.simulation_year,
        leavers.basis * cast(
            100 * (1 - schedule.vesting[least(leavers.years_of_service + 1, len(schedule.vesting))]) as decimal(9, 4)
        ) as cents,
    from leavers
    cross join schedule
),

-- Navigator rounds each person's forfeiture to the cent, halves to the even cent
forfeited as (
    select
        simulation_year,
        sum(floor(cents) + case
            when cents - floor(cents) > 0.5 or (cents - floor(cents) = 0.5 and floor(cents) % 2 = 1) then 1 else 0
        end) / 100 as forfeitures,
    from unvested
    group by simulation_year
),

years as (
    select
        simulation_year,
        count(*) as employees,
        count(*) filter (is_active) as active_employees,
        count(*) filter (is_active and is_eligible) as eligible_employees,
        count(*) filter (is_active and is_enrolled) as participants,
        count(*) filter (is_active and is_eligible and is_enrolled) as eligible_participants,
        count(*) filter (is_participating) as participating,
        avg(deferral_rate) filter (is_active and is_enrolled) as avg_deferral_participants,
        avg(deferral_rate) filter (is_active and is_eligible) as avg_deferral_all_eligible,
        cast(coalesce(sum(own_contributions), 0) as decimal(18, 2)) as employee_contributions_amount,
        cast(coalesce(sum(employer_match_amount), 0) as decimal(18, 2)) as employer_match_amount,
        cast(coalesce(sum(employer_core_amount), 0) as decimal(18, 2)) as employer_core_amount,
        cast(coalesce(sum(compensation), 0) as decimal(18, 2)) as compensation_amount,
        simulation_year = min(simulation_year) over () as is_first_year,
    from people
    group by simulation_year
)

select
    years.simulation_year,
    years.employees,
    years.active_employees,
    years.eligible_employees,
    years.participants,
    cast(years.participants / nullif(years.active_employees, 0) as decimal(18, 12)) as participation_rate_active,
    cast(years.eligible_participants / nullif(years.eligible_employees, 0) as decimal(18, 12))
        as participation_rate_eligible,
    cast(years.participating / nullif(years.employees, 0) as decimal(18, 12)) as participation_rate_all,
    cast(years.avg_deferral_participants as decimal(18, 12)) as avg_deferral_participants,
    cast(years.avg_deferral_all_eligible as decimal(18, 12)) as avg_deferral_all_eligible,
    years.employee_contributions_amount,
    years.employer_match_amount,
    years.employer_core_amount,
    cast(years.employer_match_amount + years.employer_core_amount as decimal(18, 2)) as employer_total_amount,
    years.compensation_amount,
    cast(
        (years.employer_match_amount + years.employer_core_amount) / nullif(years.compensation_amount, 0)
        as decimal(18, 12)
    ) as employer_cost_rate,
    -- nothing that an earlier year paid in is known in the first one: unmeasurable is not $0
    case
        when not years.is_first_year and schedule.vesting is not null
            then cast(coalesce(forfeited.forfeitures, 0) as decimal(18, 2))
    end as forfeitures_amount,
    case
        when years.is_first_year then 'first_year'
        when schedule.vesting is null then 'vesting_unknown'
    end as forfeitures_unknown_reason,
from years
cross join schedule
left join forfeited on years.simulation_year = forfeited.simulation_year
order by years.simulation_year
