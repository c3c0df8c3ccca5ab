{#- The fraction that a rate token stands for, DECIMAL(18,12): `6%` 0.06, `550bp` 0.055, `33_1/3%` 0.3333333333,
    `0.50~1` (cents to the dollar) 0.5. Integer arithmetic throughout: ten places where the value does not terminate, no
    binary floating point anywhere. Null where the token has more digits than can be kept; the caller holds such a field. -#}
{% macro rate_value(token) -%}
    case
        when regexp_full_match({{ token }}, '[0-9]{1,6}(\.[0-9]{1,10})?%')
            then cast(cast(left({{ token }}, -1) as decimal(16, 10)) * 0.01 as decimal(18, 12))
        when regexp_full_match({{ token }}, '[0-9]{1,6}(\.[0-9]{1,8})?bp')
            then cast(cast(left({{ token }}, -2) as decimal(14, 8)) * 0.0001 as decimal(18, 12))
        when regexp_full_match({{ token }}, '[0-9]{1,6}_[0-9]/[1-9]%')
            then {{ ratio(
                "try_cast(regexp_extract(" ~ token ~ ", '^([0-9]+)_', 1) as hugeint)"
                ~ " * try_cast(regexp_extract(" ~ token ~ ", '/([0-9])%$', 1) as hugeint)"
                ~ " + try_cast(regexp_extract(" ~ token ~ ", '_([0-9])/', 1) as hugeint)",
                "100 * try_cast(regexp_extract(" ~ token ~ ", '/([0-9])%$', 1) as hugeint)"
            ) }}
        when regexp_full_match({{ token }}, '[0-9]{1,4}(\.[0-9]{1,4})?~[0-9]{1,4}(\.[0-9]{1,4})?')
            then {{ ratio(
                "cast(cast(split_part(" ~ token ~ ", '~', 1) as decimal(8, 4)) * 10000 as hugeint)",
                "cast(cast(split_part(" ~ token ~ ", '~', 2) as decimal(8, 4)) * 10000 as hugeint)"
            ) }}
    end
{%- endmacro %}

{#- numerator / denominator of two integers as DECIMAL(18,12), rounded half up at ten places. Null for a denominator of 0. -#}
{% macro ratio(numerator, denominator) -%}
    cast(
        cast((2 * ({{ numerator }}) * 10000000000 + ({{ denominator }})) // nullif(2 * ({{ denominator }}), 0) as decimal(28, 0))
        * 0.0000000001 as decimal(18, 12)
    )
{%- endmacro %}
