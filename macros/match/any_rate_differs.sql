{#- Whether one of the rate tokens in a list says something else than `value`; where there is no value, any does.. -#}
{% macro any_rate_differs(tokens, value) -%}
    len(list_filter(
        {{ tokens }},
        lambda token: token <> '' and coalesce(abs({{ rate_value('token') }} - {{ value }}) > 0.0000000001, true)
    )) > 0
{%- endmacro %}
