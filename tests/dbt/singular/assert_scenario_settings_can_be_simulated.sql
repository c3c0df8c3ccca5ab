-- Without it a slip in seeds/scenario_settings.csv would reach every scenario: Navigator takes a seed of 0 as unset,
-- refuses an end before the start, and has IRS limits for 2024 to 2035 only.
with

settings as (
    select
        any_value(try_cast(value as integer)) filter (where setting = 'start_year') as start_year,
        any_value(try_cast(value as integer)) filter (where setting = 'end_year') as end_year,
        any_value(try_cast(value as integer)) filter (where setting = 'random_seed') as random_seed,
        any_value(try_cast(value as decimal(18, 12))) filter (where setting = 'target_growth_rate')
            as target_growth_rate,
        any_value(value) filter (where setting = 'auto_enrollment_scope_when_unknown') as scope_when_unknown,
        any_value(value) filter (where setting = 'eligibility_when_not_in_source') as eligibility_when_unknown,
    from {{ ref('scenario_settings') }}
)

select *,
from settings
where
    not coalesce(
        start_year >= 2024
        and end_year between start_year and 2035
        and random_seed > 0
        and target_growth_rate between -1 and 1
        and scope_when_unknown in ('hold', 'new_hires_only', 'all_eligible_employees')
        and eligibility_when_unknown in ('hold', 'immediate'),
        false
    )
