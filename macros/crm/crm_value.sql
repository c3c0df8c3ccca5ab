{#- One value of a CRM record as int_crm__values unnests it: a number or a text, whether it is known that there is none,
    and the reason why there is none or it is not known. -#}
{% macro crm_value(field, number='null', text='null', is_none='false', reason='null') -%}
    {
        'field': '{{ field }}',
        'number_value': cast({{ number }} as decimal(38, 12)),
        'text_value': cast({{ text }} as varchar),
        'is_none': {{ is_none }},
        'reason': cast({{ reason }} as varchar)
    }
{%- endmacro %}
