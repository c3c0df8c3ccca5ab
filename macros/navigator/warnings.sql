{#- SQL of a client's warnings, one list of {rule, field, message} per client: fields taken by a documented derivation or a setting,
    and provisions that Navigator does not simulate as the plan has them. Only a scenario takes a blank contribution for none
    (is_scenario); elsewhere it stays unknown. -#}
{% macro navigator_warnings(is_scenario=true) -%}
    select
        client_ref,
        list({'rule': rule, 'field': field, 'message': message} order by field, rule, message) as warnings,
    from (
        select
            client_ref,
            'P10' as rule,
            field,
            case
                when field = 'nonelective_formula' and reasons = ['unknown']
                    then 'nonelective_formula is blank or unknown{{ '; exported as no nonelective contribution' if is_scenario }}.'
                else coalesce(message, field || ' is derived.')
            end as message,
        from {{ ref('fct_field_status') }}
        where
            status in ('derived', 'reviewed')
            or (field = 'nonelective_formula' and reasons = ['unknown'])
            or (field in ('participation_rate', 'avg_deferral_rate') and value is null and raw is not null)
        union all
        select
            client_ref,
            'P12' as rule,
            field,
            message,
        from {{ ref('int_navigator_gaps') }}
    )
    group by client_ref
{%- endmacro %}
