{#- numerator x factor / denominator, rounded once to `places` places (12 at most), halves up, in whole numbers throughout: DuckDB divides
    decimals as binary floating point. None is negative; the result is below ten million; null where the denominator is 0 or one is null. -#}
{% macro exact_quotient(numerator, denominator, factor='1', places=12) -%}
    {%- set whole = trillionths(denominator) ~ ' * ' ~ 10 ** (12 - places) -%}
    cast(
        cast(
            (2 * {{ trillionths(numerator) }} * {{ trillionths(factor) }} + {{ whole }}) // nullif(2 * {{ whole }}, 0)
            as decimal(25, 0)
        ) * cast({{ '%.12f' | format(10 ** -places) }} as decimal(13, 12)) as decimal(18, 12)
    )
{%- endmacro %}

{#- A decimal of at most twelve places as a whole number of trillionths. -#}
{% macro trillionths(value) -%}
    cast(cast({{ value }} as decimal(18, 12)) * 1000000000000 as hugeint)
{%- endmacro %}
