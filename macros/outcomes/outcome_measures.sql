{#- The figures of an outcome of which a difference means something. -#}
{% macro outcome_measures() -%}
    {{- return([
        'eligible_employees', 'participants', 'participation_rate_active', 'participation_rate_eligible',
        'participation_rate_all', 'avg_deferral_participants', 'avg_deferral_all_eligible', 'employee_contributions_amount',
        'employer_match_amount', 'employer_core_amount', 'employer_total_amount', 'compensation_amount',
        'employer_cost_rate', 'forfeitures_amount'
    ]) -}}
{%- endmacro %}
