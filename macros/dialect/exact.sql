{#- A decimal as a JSON number with the digits that it has; to_json would write 0.060000000000. -#}
{% macro exact(value) -%}
    cast({{ decimal_text(value) }} as json)
{%- endmacro %}

{#- A fraction as a percent number, exact: 0.055 is 5.5. -#}
{% macro exact_percent(value) -%}
    {{ exact("cast(" ~ value ~ " * 100 as decimal(18, 10))") }}
{%- endmacro %}

{#- A list of tiers as JSON. -#}
{% macro exact_tiers(tiers) -%}
    to_json(list_transform({{ tiers }}, lambda tier: {
        'employee_min': {{ exact('tier.employee_min') }},
        'employee_max': {{ exact('tier.employee_max') }},
        'match_rate': {{ exact('tier.match_rate') }}
    }))
{%- endmacro %}

{#- A list of bands of tiers as JSON. -#}
{% macro exact_bands(bands) -%}
    to_json(list_transform({{ bands }}, lambda band: {
        'min_years': band.min_years, 'max_years': band.max_years, 'tiers': {{ exact_tiers('band.tiers') }}
    }))
{%- endmacro %}
