{#- A gap as a struct where the condition holds, else null. -#}
{% macro navigator_gap(code, field, condition, message) -%}
    case when coalesce({{ condition }}, false)
        then {'code': '{{ code }}', 'field': '{{ field }}', 'message': '{{ message | replace("'", "''") }}.'}
    end
{%- endmacro %}

{#- Whether a money type's waiting period is no whole number of years, by its own statement or else the plan's. -#}
{% macro is_part_year(own, plan) -%}
    coalesce(
        ({{ own }})['waiting_period_months'] % 12, ({{ own }})['waiting_period_days'] % 365,
        ({{ plan }})['waiting_period_months'] % 12, ({{ plan }})['waiting_period_days'] % 365
    ) <> 0
{%- endmacro %}
