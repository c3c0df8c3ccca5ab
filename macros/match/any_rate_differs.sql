{#- Whether one of the rate tokens in a list says something else than `value`; where there is no value, any does. A token that
    is the value rounded to its own two or more decimals says the same (`max 4.17%` of 25/6 %). -#}
{% macro any_rate_differs(tokens, value) -%}
    len(list_filter(
        list_transform({{ tokens }}, lambda token: regexp_replace(token, '([.][0-9]{10})[0-9]+%$', '\1%')),
        lambda token: token <> '' and coalesce(
            abs({{ rate_value('token') }} - {{ value }}) > case
                when regexp_matches(token, '[.][0-9]{3}[0-9]*%$') then 0.000005
                when regexp_matches(token, '[.][0-9]{2}%$') then 0.00005
                else 0.0000000001
            end,
            true
        )
    )) > 0
{%- endmacro %}
