{#- One result of a formula as the models of the index unnest it: value, its inputs by name (name: SQL of a JSON value), and the reason
    why it is null. -#}
{% macro fhi_result(component, value, inputs, reason, element=none) -%}
    {
        {% if element %}'element': '{{ element }}', {% endif -%}
        'component': '{{ component }}',
        'value': cast({{ value }} as decimal(18, 12)),
        'inputs': to_json({ {% for name, input in inputs.items() %}'{{ name }}': {{ input }}{% if not loop.last %}, {% endif %}{% endfor %} }),
        'reason': cast({{ reason }} as varchar)
    }
{%- endmacro %}

{#- Inputs of fhi_result that are decimal columns of the same name. -#}
{% macro fhi_inputs(columns) -%}
    {%- set inputs = {} -%}
    {%- for column in columns %}{% do inputs.update({column: exact(column)}) %}{% endfor -%}
    {{- return(inputs) -}}
{%- endmacro %}

{#- A share of at most 1: numerator / denominator; null where one is (`least` would pass over it). -#}
{% macro fhi_share(numerator, denominator) -%}
    case when {{ numerator }} > {{ denominator }} then 1 else {{ exact_quotient(numerator, denominator) }} end
{%- endmacro %}
