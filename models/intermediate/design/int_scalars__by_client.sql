-- Grain: one row per client.
-- Decided here: nothing; the scalar fields side by side. A value that was rejected or is not settled is null here.
select
    clients.client_ref,
    {% for field in ['match_effective_rate', 'auto_enrollment_rate', 'auto_escalation_cap', 'auto_escalation_rate',
        'participation_rate', 'avg_deferral_rate'] -%}
    any_value(scalars.rate_value) filter (where scalars.field = '{{ field }}') as {{ field }},
    {% endfor -%}
    {% for field in ['last_updated', 'plan_effective_on', 'plan_amended_on', 'plan_year_start_on',
        'plan_year_end_on'] -%}
    any_value(scalars.date_value) filter (where scalars.field = '{{ field }}') as {{ field }},
    {% endfor -%}
    {% for field in ['auto_enrollment_enabled', 'auto_escalation_enabled', 'match_last_day_work_rule',
        'nonelective_last_day_work_rule', 'match_true_up'] -%}
    any_value(scalars.boolean_value) filter (where scalars.field = '{{ field }}') as {{ field }},
    {% endfor -%}
    any_value(scalars.count_value) filter (where scalars.field = 'employee_count') as employee_count,
    any_value(scalars.is_approximate) filter (where scalars.field = 'employee_count')
        as is_employee_count_approximate,
    any_value(scalars.count_value) filter (where scalars.field = 'auto_enrollment_effective_year')
        as auto_enrollment_effective_year,
    any_value(scalars.text_value) filter (where scalars.field = 'state') as state,
    any_value(scalars.text_value) filter (where scalars.field = 'industry') as industry,
from {{ ref('int_clients') }} as clients
inner join {{ ref('int_scalars__parsed') }} as scalars
    on
        clients.row_number = scalars.row_number
        and clients.file is not distinct from scalars.file
        and clients.sheet is not distinct from scalars.sheet
group by clients.client_ref
