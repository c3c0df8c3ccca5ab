{#- Whether an example beside a formula names a rate that the formula does not have: no tier's rate, no bound, not the maximum. -#}
{% macro any_example_differs(tokens, tiers, percentage) -%}
    len(list_filter(
        {{ tokens }},
        lambda token: not coalesce(
            {{ rate_value('token') }} = {{ percentage }}
            or list_contains(list_transform({{ tiers }}, lambda tier: tier.match_rate), {{ rate_value('token') }})
            or list_contains(list_transform({{ tiers }}, lambda tier: tier.employee_max), {{ rate_value('token') }}),
            false
        )
    )) > 0
{%- endmacro %}
