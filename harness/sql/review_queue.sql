-- Grain: one row per client and field that holds the client back, in the last build and at the last run's gates.
-- Parameter: variable `reasons`, JSON list of {client_ref, rule, field, raw, code, message, resolve}: the gates' reasons.
with

gates as (
    select unnest(from_json(
        getvariable('reasons'),
        '[{"client_ref": "VARCHAR", "rule": "VARCHAR", "field": "VARCHAR", "raw": "VARCHAR", "code": "VARCHAR", "message": "VARCHAR", "resolve": "VARCHAR"}]'
    ), recursive := true)
),

unsettled as (
    select
        client_ref,
        'P10' as rule,
        field,
        raw,
        coalesce(reasons[1], status) as code,
        message,
        resolve,
    from fct_field_status
    where is_blocking_export
),

found_by_gates as (
    select
        gates.client_ref,
        gates.rule,
        gates.field,
        coalesce(statuses.raw, gates.raw) as raw,
        gates.code,
        gates.message,
        gates.resolve,
    from gates
    left join fct_field_status as statuses on gates.client_ref = statuses.client_ref and gates.field = statuses.field
    where
        gates.field is not null
        and (gates.client_ref, gates.field) not in (select (unsettled.client_ref, unsettled.field) from unsettled)
    qualify row_number() over (partition by gates.client_ref, gates.field order by gates.rule, gates.code) = 1
),

held as (
    select * from unsettled
    union all
    select * from found_by_gates
)

select
    clients.client_id,
    clients.client_ref,
    names.client_name,
    held.rule,
    held.field,
    held.raw,
    held.code,
    held.message,
    held.resolve,
    coalesce(readings.readings, []) as readings,
from held
inner join int_clients as clients on held.client_ref = clients.client_ref
left join dim_client as names on held.client_ref = names.client_ref
left join int_readings as readings on held.client_ref = readings.client_ref and held.field = readings.field
order by clients.client_id, held.field
