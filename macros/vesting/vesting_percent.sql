{#- The fraction that a percent token stands for: `20` 0.2, `33.33` 0.3333 as written, `33_1/3` 0.3333333333. -#}
{% macro vesting_percent(token) -%}
    case
        when contains({{ token }}, '_') then {{ vesting_share(
            "cast(split_part(" ~ token ~ ", '_', 1) as bigint) * cast(right(" ~ token ~ ", 1) as bigint) + cast(" ~ token ~ "[-3] as bigint)",
            "100 * cast(right(" ~ token ~ ", 1) as bigint)") }}
        else cast(cast({{ token }} as decimal(12, 6)) * 0.01 as decimal(18, 12))
    end
{%- endmacro %}
