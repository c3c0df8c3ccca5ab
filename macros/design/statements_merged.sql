{#- One eligibility from a list of statements about the same money type: each field is the one value given, null where none is. -#}
{% macro statements_merged(statements) -%}
    {
        {%- for field, type in eligibility_fields() %}
        '{{ field }}': cast(list_max(list_transform({{ statements }}, lambda stated: stated['{{ field }}'])) as {{ type }}){% if not loop.last %},{% endif %}
        {%- endfor %}
    }
{%- endmacro %}

{#- Whether a list of statements about the same money type contradicts itself: one field, two values. Months and days of
    waiting are one field in two units, never both. -#}
{% macro statements_disagree(statements) -%}
    (
        {%- for field, type in eligibility_fields() %}
        list_unique(list_transform({{ statements }}, lambda stated: stated['{{ field }}'])) > 1 or
        {%- endfor %}
        list_unique(list_transform({{ statements }}, lambda stated: stated['waiting_period_months']))
        + list_unique(list_transform({{ statements }}, lambda stated: stated['waiting_period_days'])) > 1
    )
{%- endmacro %}

{#- An eligibility struct from the conditions that a formula states. -#}
{% macro condition_struct(conditions) -%}
    {
        {%- for field, type in eligibility_fields() %}
        '{{ field }}': cast({% if field in ('entry_dates', 'employment_class') %}null{% else %}({{ conditions }}).{{ field }}{% endif %} as {{ type }}){% if not loop.last %},{% endif %}
        {%- endfor %}
    }
{%- endmacro %}

{#- An eligibility struct that says only whether there is a last-day rule. -#}
{% macro last_day_struct(has_rule) -%}
    {
        {%- for field, type in eligibility_fields() %}
        '{{ field }}': cast({% if field == 'last_day_rule' %}{{ has_rule }}{% else %}null{% endif %} as {{ type }}){% if not loop.last %},{% endif %}
        {%- endfor %}
    }
{%- endmacro %}

{#- No wait at all: months 0, entry at once. -#}
{% macro immediate_eligibility() -%}
    {
        {%- for field, type in eligibility_fields() %}
        '{{ field }}': cast({% if field == 'waiting_period_months' %}0{% elif field == 'entry_dates' %}'immediate'{% else %}null{% endif %} as {{ type }}){% if not loop.last %},{% endif %}
        {%- endfor %}
    }
{%- endmacro %}
