-- Grain: one row for one client: who it is, what kind of money it pays, and its automatic features in words.
-- Parameter: variable `client_ref`.
with

design as (
    select
        *,
        list_transform(
            [default_deferral_rate, escalation_increment_rate, escalation_cap_rate],
            lambda rate: rtrim(rtrim(cast(cast(rate * 100 as decimal(18, 10)) as varchar), '0'), '.') || ' %'
        ) as shown,
    from fct_plan_design
    where client_ref = getvariable('client_ref')
)

select
    clients.client_id,
    clients.client_ref,
    names.client_name,
    clients.file,
    clients.sheet,
    clients.row_number,
    design.match_kind,
    design.match_status,
    design.max_match_percentage,
    design.max_matched_deferral,
    design.annual_dollar_cap,
    design.is_match_discretionary,
    design.core_kind,
    design.core_status,
    case design.is_auto_enrollment_on
        when true then
            'on at ' || coalesce(design.shown[1], 'no settled rate')
            || ', ' || coalesce(replace(design.auto_enrollment_scope, '_', ' '), 'scope not settled')
            || coalesce(', hired from ' || cast(design.auto_enrollment_cutoff_on as varchar), '')
        when false then 'off'
        else 'not settled'
    end as auto_enrollment,
    case design.is_auto_escalation_on
        when true then
            'on by ' || coalesce(design.shown[2], 'no settled step') || ' a year up to ' || coalesce(design.shown[3], 'no settled cap')
        when false then 'off'
        else 'not settled'
    end as auto_escalation,
from int_clients as clients
left join dim_client as names on clients.client_ref = names.client_ref
left join design on clients.client_ref = design.client_ref
where clients.client_ref = getvariable('client_ref')
