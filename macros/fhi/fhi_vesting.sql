{#- The vesting schedule as an input: vested fractions by completed years of service, exact; null where it is not settled. -#}
{% macro fhi_vesting() -%}
    to_json(list_transform(vesting_schedule_array, lambda vested: {{ exact('vested') }}))
{%- endmacro %}
