{#- SHA-256 of a plan's texts as read, without the client's key and the place in the file: the same content, the same checksum,
    wherever it stands. -#}
{% macro source_checksum(alias) -%}
    sha256(cast(to_json([
        {%- for column in design_columns() %}
        {{ alias }}.{{ column }}_raw{% if not loop.last %},{% endif %}
        {%- endfor %}
    ]) as varchar))
{%- endmacro %}

{#- The columns of a Design Matrix that say something about a plan, in the order of the template. -#}
{% macro design_columns() -%}
    {{- return([
        'client_name', 'plan_name', 'plan_type', 'industry', 'employee_count', 'annual_payroll', 'state', 'eligibility', 'match_formula',
        'match_effective_rate', 'match_eligibility_criteria', 'match_last_day_work_rule', 'match_true_up',
        'match_contribution_frequency', 'nonelective_formula', 'nonelective_eligibility_criteria',
        'nonelective_last_day_work_rule', 'nonelective_contribution_frequency', 'auto_enrollment_enabled',
        'auto_enrollment_rate', 'auto_enrollment_effective_year', 'auto_escalation_enabled', 'auto_escalation_cap',
        'auto_escalation_rate', 'vesting_schedule', 'participation_rate', 'avg_deferral_rate', 'data_source', 'last_updated',
        'plan_effective_on', 'plan_amended_on', 'plan_year_start_on', 'plan_year_end_on'
    ]) -}}
{%- endmacro %}
