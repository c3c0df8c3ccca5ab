{#- The fields of an eligibility: struct keys in the order that every eligibility struct of the project has. -#}
{% macro eligibility_fields() -%}
    {{- return([
        ['waiting_period_months', 'integer'], ['waiting_period_days', 'integer'], ['minimum_hours', 'integer'],
        ['minimum_age', 'decimal(4, 1)'], ['entry_dates', 'varchar'], ['employment_class', 'varchar'],
        ['last_day_rule', 'boolean'],
    ]) -}}
{%- endmacro %}

{#- One eligibility from two statements about the same money: each field from whichever says something. -#}
{% macro eligibility_merged(left_struct, right_struct) -%}
    {
        {%- for field, type in eligibility_fields() %}
        '{{ field }}': cast(coalesce(({{ left_struct }})['{{ field }}'], ({{ right_struct }})['{{ field }}']) as {{ type }}){% if not loop.last %},{% endif %}
        {%- endfor %}
    }
{%- endmacro %}

{#- Whether two statements about the same money contradict each other: a field that both give, differently. -#}
{% macro eligibilities_disagree(left_struct, right_struct) -%}
    coalesce((
        {%- for field, type in eligibility_fields() %}
        coalesce(({{ left_struct }})['{{ field }}'] <> ({{ right_struct }})['{{ field }}'], false){% if not loop.last %} or{% endif %}
        {%- endfor %}
    ), false)
{%- endmacro %}

{#- Whether a statement says nothing at all. -#}
{% macro is_eligibility_silent(struct) -%}
    coalesce(
        {%- for field, type in eligibility_fields() %}
        cast(({{ struct }})['{{ field }}'] as varchar){% if not loop.last %},{% endif %}
        {%- endfor %}
    ) is null
{%- endmacro %}
