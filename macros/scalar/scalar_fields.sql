{#- The scalar fields of a plan and the kind of value that each one holds; `vote` is a column of formulas whose bare numbers
    take part in the decision on units, and whose values another model parses. -#}
{% macro scalar_fields() -%}
    {%- set fields_by_kind = {
        'rate': ['match_effective_rate', 'auto_enrollment_rate', 'auto_escalation_cap', 'auto_escalation_rate', 'participation_rate', 'avg_deferral_rate'],
        'date': ['last_updated', 'plan_effective_on', 'plan_amended_on', 'plan_year_start_on', 'plan_year_end_on'],
        'boolean': ['auto_enrollment_enabled', 'auto_escalation_enabled', 'match_last_day_work_rule', 'nonelective_last_day_work_rule', 'match_true_up'],
        'count': ['employee_count'], 'year': ['auto_enrollment_effective_year'],
        'state': ['state'], 'industry': ['industry'], 'vote': ['nonelective_formula'],
    } -%}
    {%- set ns = namespace(fields=[]) -%}
    {%- for kind, names in fields_by_kind.items() -%}
        {%- for name in names -%}
            {%- set ns.fields = ns.fields + [[name, kind]] -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(ns.fields) -}}
{%- endmacro %}
