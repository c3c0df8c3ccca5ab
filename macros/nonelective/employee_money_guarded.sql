{#- Percents that are the employee's money, or a match on it, in a text about nonelective money: kept by name, so that they are
    left over and hold the field. -#}
{% macro employee_money_guarded() -%}
    {%- set p = token_patterns().percent -%}
    {{- return([
        ['(' ~ p ~ ') of (?:employee |elective |elig )*(deferral|elective)\\b', '\\1 of employeemoney \\2'],
        ['(^|[;,] )(?:employee|you) ((?:contribute |deferral |: |elective )*' ~ p ~ ')', '\\1employeemoney \\2'],
    ]) -}}
{%- endmacro %}
