{#- What a state cell says: STRUCT(value, status, reason), value a USPS code. `code` is what seed states has for the spelled text. -#}
{% macro state_parsed(plain, code) -%}
    {{ looked_up(plain, code, 'not_a_state') }}
{%- endmacro %}

{#- A looked-up text: unknown when blank, exact when the seed has it, rejected otherwise - never a default. -#}
{% macro looked_up(plain, found, reason) -%}
    case
        when {{ is_unknown_scalar(plain) }} then {'value': cast(null as varchar), 'status': cast(null as varchar), 'reason': 'unknown'}
        when {{ found }} is not null then {'value': {{ found }}, 'status': 'exact', 'reason': cast(null as varchar)}
        else {'value': cast(null as varchar), 'status': 'rejected', 'reason': '{{ reason }}'}
    end
{%- endmacro %}
