{#- The dollars that a money token `$2250.50` stands for, DECIMAL(14,2); null where it has parts of a cent. -#}
{% macro money_value(token) -%}
    case when regexp_full_match({{ token }}, '\$?[0-9]{1,11}(\.[0-9]{1,2})?')
        then cast(ltrim({{ token }}, '$') as decimal(14, 2))
    end
{%- endmacro %}
