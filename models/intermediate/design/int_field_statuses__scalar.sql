-- Grain: one row per client and scalar or plain-text field.
-- Decided here: whether the field's state keeps the client back. A value that cannot be read always does; a blank does
-- where the export needs the field.
with

features as (
    select
        *,
        coalesce(is_auto_enrollment_on, false) as is_enrolling,
        coalesce(is_auto_escalation_on, false) as is_escalating,
    from {{ ref('int_automatic_features__resolved') }}
),

scalars as (
    select
        clients.client_ref,
        scalars.field,
        scalars.raw,
        coalesce(
            {{ decimal_text('scalars.rate_value') }},
            cast(scalars.date_value as varchar),
            cast(scalars.boolean_value as varchar),
            cast(scalars.count_value as varchar),
            scalars.text_value
        ) as value,
        coalesce(scalars.status, 'unresolved') as status,
        scalars.reason,
        scalars.message,
        case scalars.field
            when 'auto_enrollment_enabled' then true
            when 'employee_count' then true
            when 'industry' then true
            when 'auto_enrollment_rate' then features.is_enrolling
            when 'auto_enrollment_effective_year' then features.is_enrolling and features.auto_enrollment_scope is null
            when 'auto_escalation_enabled' then features.has_escalation_column
            when 'auto_escalation_cap' then features.is_escalating
            when 'auto_escalation_rate' then features.is_escalating and features.has_escalation_rate_column
            else false
        end as is_needed,
        case scalars.field
            when 'auto_enrollment_effective_year'
                then case when not features.has_year_column and features.is_enrolling then 'scope_not_in_source' end
            when 'auto_escalation_rate'
                then case when features.is_escalation_rate_derived then 'escalation_rate_not_in_source' end
            when 'auto_escalation_enabled'
                then case when not features.has_escalation_column then 'escalation_not_in_source' end
        end as absence,
    from {{ ref('int_scalars__parsed') }} as scalars
    inner join {{ ref('int_clients') }} as clients
        on
            scalars.row_number = clients.row_number
            and scalars.file is not distinct from clients.file
            and scalars.sheet is not distinct from clients.sheet
    inner join features on clients.client_ref = features.client_ref
),

plain as (
    select
        clients.client_ref,
        unnest([
            {'field': 'client_name', 'raw': plans.client_name_raw},
            {'field': 'data_source', 'raw': plans.data_source_raw},
            {'field': 'plan_type', 'raw': plans.plan_type_raw}
        ]) as cell,
    from {{ ref('int_clients') }} as clients
    inner join {{ ref('stg_design_matrix__plans') }} as plans on clients.client_id = plans.client_id
)

select
    client_ref,
    field,
    raw,
    case absence
        when 'escalation_rate_not_in_source' then '0.01'
        when 'escalation_not_in_source' then 'false'
        else value
    end as value,
    case when absence is not null and not is_needed then 'derived' else status end as status,
    coalesce(absence, reason) as reason,
    message,
    case
        when status in ('unresolved', 'rejected') and coalesce(reason, '') <> 'unknown' then true
        else is_needed and value is null
    end as is_blocking_export,
from scalars
union all
select
    client_ref,
    cell.field as field,
    cell.raw as raw,
    {{ known_text('cell.raw') }} as value,
    case when {{ known_text('cell.raw') }} is null then 'unresolved' else 'exact' end as status,
    case when {{ known_text('cell.raw') }} is null then 'unknown' end as reason,
    cast(null as varchar) as message,
    {{ known_text('cell.raw') }} is null and cell.field in ('client_name', 'data_source') as is_blocking_export,
from plain
