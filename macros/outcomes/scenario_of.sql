{#- Which scenario of a client a delivery key names: `baseline`, or what stands behind the client_ref. -#}
{% macro scenario_of(delivery_key, client_ref) -%}
    case {{ delivery_key }}
        when {{ client_ref }} || '_baseline' then 'baseline'
        else substr({{ delivery_key }}, len({{ client_ref }}) + 3)
    end
{%- endmacro %}
