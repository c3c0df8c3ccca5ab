{#- In how many equal steps of `parts / whole` percent 100 % is reached; null where it never is exactly. -#}
{% macro vesting_rate_years(parts, whole) -%}
    case when {{ parts }} > 0 and (100 * {{ whole }}) % ({{ parts }}) = 0 then cast((100 * {{ whole }}) // ({{ parts }}) as integer) end
{%- endmacro %}
