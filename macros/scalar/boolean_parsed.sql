{#- What a yes/no cell says: STRUCT(value BOOLEAN, status, reason). A blank is unknown, never no; a condition is no boolean. -#}
{% macro boolean_parsed(plain) -%}
    case
        when {{ is_unknown_scalar(plain) }} then {'value': cast(null as boolean), 'status': cast(null as varchar), 'reason': 'unknown'}
        when {{ plain }} in ('yes', 'y', 'true', 't', '1', '1.0', 'x') then {'value': true, 'status': 'exact', 'reason': cast(null as varchar)}
        when {{ plain }} in ('no', 'n', 'false', 'f', '0', '0.0') then {'value': false, 'status': 'exact', 'reason': cast(null as varchar)}
        else {'value': cast(null as boolean), 'status': 'rejected', 'reason': 'not_a_boolean'}
    end
{%- endmacro %}
