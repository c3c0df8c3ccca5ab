{#- The columns of a design that its history keeps, with their types: what a BI user charts over time. As names of
    fct_plan_design, or of dim_client where `client` is true (a client that has left is in no other table). -#}
{% macro history_columns(client=false) -%}
    {%- if client -%}
    {{- return({
        'client_name': 'varchar', 'industry': 'varchar', 'employee_count': 'integer', 'state': 'varchar', 'plan_type': 'varchar'
    }) -}}
    {%- endif -%}
    {{- return({
        'match_kind': 'varchar', 'match_status': 'varchar', 'max_match_percentage': 'decimal(18,12)',
        'max_matched_deferral': 'decimal(18,12)', 'annual_dollar_cap': 'decimal(14,2)', 'is_match_discretionary': 'boolean',
        'is_match_true_up': 'boolean', 'core_kind': 'varchar', 'core_status': 'varchar', 'core_rate': 'decimal(18,12)',
        'core_low_rate': 'decimal(18,12)', 'core_high_rate': 'decimal(18,12)', 'vesting_kind': 'varchar',
        'vesting_status': 'varchar', 'vesting_schedule_array': 'decimal(18,12)[]', 'is_auto_enrollment_on': 'boolean',
        'default_deferral_rate': 'decimal(18,12)', 'auto_enrollment_scope': 'varchar', 'is_auto_escalation_on': 'boolean',
        'escalation_increment_rate': 'decimal(18,12)', 'escalation_cap_rate': 'decimal(18,12)',
        'waiting_period_months': 'integer', 'waiting_period_days': 'integer', 'minimum_hours': 'integer',
        'minimum_age': 'decimal(4,1)', 'entry_dates': 'varchar', 'employment_class': 'varchar', 'is_last_day_rule': 'boolean',
        'current_participation': 'decimal(18,12)', 'average_contribution_rate': 'decimal(18,12)', 'last_updated_on': 'date',
        'navigator_gap_codes': 'varchar[]'
    }) -}}
{%- endmacro %}
