{#- The fields whose text a reviewer may replace by a wording that the parsers read. -#}
{% macro reviewable_fields() -%}
    {{- return([
        'industry', 'employee_count', 'state', 'eligibility', 'match_formula', 'match_effective_rate',
        'match_eligibility_criteria', 'match_last_day_work_rule', 'match_true_up', 'nonelective_formula',
        'nonelective_eligibility_criteria', 'nonelective_last_day_work_rule', 'auto_enrollment_enabled',
        'auto_enrollment_rate', 'auto_enrollment_effective_year', 'auto_escalation_enabled', 'auto_escalation_cap',
        'auto_escalation_rate', 'vesting_schedule', 'participation_rate', 'avg_deferral_rate', 'last_updated',
        'plan_effective_on', 'plan_amended_on', 'plan_year_start_on', 'plan_year_end_on'
    ]) -}}
{%- endmacro %}
