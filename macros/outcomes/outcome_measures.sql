{#- The figures of an outcome of which a difference means something. -#}
{% macro outcome_measures() -%}
    {{- return([
        'eligible_employees', 'participants', 'participation_rate_active', 'participation_rate_eligible',
        'participation_rate_all', 'avg_deferral_participants', 'avg_deferral_all_eligible', 'employee_contributions_amount',
        'employer_match_amount', 'employer_core_amount', 'employer_total_amount', 'compensation_amount',
        'employer_cost_rate', 'forfeitures_amount'
    ]) -}}
{%- endmacro %}

{#- Each figure of one relation less that of another, under the name of the figure and `_change`; null unless `condition`. -#}
{% macro outcome_changes(modelled, baseline, condition) -%}
    {%- for measure in outcome_measures() %}
    case when {{ condition }} then {{ modelled }}.{{ measure }} - {{ baseline }}.{{ measure }} end as {{ measure }}_change,
    {%- endfor %}
{%- endmacro %}
