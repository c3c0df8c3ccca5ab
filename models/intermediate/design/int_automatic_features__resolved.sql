-- Grain: one row per client.
-- Decided here: auto-enrolment (on, rate, for whom, from which hire date) and auto-escalation (on, step, cap), by the
-- table of the normalisation contract. A column that the source does not have is told from a cell that is blank.
with

settings as (
    select
        any_value(value) filter (where setting = 'auto_enrollment_scope_when_unknown') as scope_when_unknown,
        any_value(try_cast(value as bigint)) filter (where setting = 'start_year') as start_year,
    from {{ ref('scenario_settings') }}
    where setting in ('auto_enrollment_scope_when_unknown', 'start_year')
),

plans as (
    select
        clients.client_ref,
        scalars.auto_enrollment_enabled,
        scalars.auto_enrollment_rate,
        scalars.auto_enrollment_effective_year,
        scalars.auto_escalation_enabled,
        scalars.auto_escalation_cap,
        scalars.auto_escalation_rate,
        list_contains(columns_read.columns_present, 'auto_enrollment_effective_year') as has_year_column,
        list_contains(columns_read.columns_present, 'auto_escalation_enabled') as has_escalation_column,
        list_contains(columns_read.columns_present, 'auto_escalation_rate') as has_escalation_rate_column,
        settings.scope_when_unknown,
        settings.start_year,
    from {{ ref('int_clients') }} as clients
    inner join {{ ref('int_scalars__by_client') }} as scalars on clients.client_ref = scalars.client_ref
    left join {{ ref('stg_design_matrix__columns') }} as columns_read
        on
            clients.file is not distinct from columns_read.file
            and clients.sheet is not distinct from columns_read.sheet
    cross join settings
),

scoped as (
    select
        *,
        case
            when not auto_enrollment_enabled then null
            when auto_enrollment_effective_year = 1900 then 'all_eligible_employees'
            when auto_enrollment_effective_year > 1900 then 'new_hires_only'
            when not has_year_column and scope_when_unknown in ('new_hires_only', 'all_eligible_employees')
                then scope_when_unknown
        end as auto_enrollment_scope,
        coalesce(auto_escalation_enabled, case when not has_escalation_column then false end) as is_auto_escalation_on,
    from plans
)

select
    client_ref,
    auto_enrollment_enabled as is_auto_enrollment_on,
    case when auto_enrollment_enabled then auto_enrollment_rate end as default_deferral_rate,
    case when not auto_enrollment_enabled then auto_enrollment_rate end as unexported_auto_enrollment_rate,
    auto_enrollment_scope,
    -- a new-hires plan of a source without the year starts with the simulation: nobody hired before it is touched
    case
        when auto_enrollment_scope is null then null
        when auto_enrollment_effective_year is not null then make_date(auto_enrollment_effective_year, 1, 1)
        when auto_enrollment_scope = 'all_eligible_employees' then date '1900-01-01'
        else make_date(start_year, 1, 1)
    end as auto_enrollment_cutoff_on,
    auto_enrollment_effective_year,
    auto_enrollment_enabled and not has_year_column as is_scope_from_settings,
    has_year_column,
    is_auto_escalation_on,
    case
        when not is_auto_escalation_on then null
        when has_escalation_rate_column then auto_escalation_rate
        else cast(0.01 as decimal(18, 12))
    end as escalation_increment_rate,
    case when is_auto_escalation_on then auto_escalation_cap end as escalation_cap_rate,
    is_auto_escalation_on and not has_escalation_rate_column as is_escalation_rate_derived,
    has_escalation_column,
    has_escalation_rate_column,
from scoped
