{#- A plan type as seed plan_types spells it: letters and digits only, without a closing `plan`. -#}
{% macro plan_type_spelled(raw) -%}
    {{ rewritten('lower(' ~ raw ~ ')', [['[^a-z0-9]', ''], ['plans?$', '']]) }}
{%- endmacro %}
