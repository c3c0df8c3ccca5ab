{#- What the condition marks of a text say, as the struct that eligibilities have; each is null where the text is silent. -#}
{% macro conditions_stated(marks) -%}
    {
        'waiting_period_months': cast(coalesce(
            12 * try_cast(({{ marks_named(marks, 'waityears') }})[1] as integer),
            try_cast(({{ marks_named(marks, 'waitmonths') }})[1] as integer)
        ) as integer),
        'waiting_period_days': try_cast(({{ marks_named(marks, 'waitdays') }})[1] as integer),
        'minimum_hours': try_cast(({{ marks_named(marks, 'hours') }})[1] as integer),
        'minimum_age': try_cast(({{ marks_named(marks, 'age') }})[1] as integer),
        'last_day_rule': case when {{ marks_named(marks, 'lastday') }} <> [] then true end
    }
{%- endmacro %}

{#- Whether the condition marks of a text state one condition in two ways (1,000 hours and 500 hours). -#}
{% macro has_conflicting_conditions(marks) -%}
    len(list_distinct({{ marks_named(marks, 'hours') }})) > 1
    or len(list_distinct({{ marks_named(marks, 'age') }})) > 1
    or len(list_distinct(
        {{ marks_named(marks, 'waityears') }} || {{ marks_named(marks, 'waitmonths') }} || {{ marks_named(marks, 'waitdays') }}
    )) > 1
{%- endmacro %}
