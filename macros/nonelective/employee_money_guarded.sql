{#- Percents that are the employee's money, or a match on it, in a text about nonelective money, and money that waits for a deferral
    (`3% if you contribute` is a match): kept by name, so that they are left over and hold the field. -#}
{% macro employee_money_guarded() -%}
    {%- set p = token_patterns().percent -%}
    {{- return([
        ['\\bif ((?:you |employee |elective )*(?:deferral|contribute))\\b', 'onlyif \\1'],
        ['(' ~ p ~ ') of (?:employee |elective |elig )*(deferral|elective)\\b', '\\1 of employeemoney \\2'],
        ['(^|[;,] )(?:employee|you) ((?:contribute |deferral |: |elective )*' ~ p ~ ')', '\\1employeemoney \\2'],
    ]) -}}
{%- endmacro %}
