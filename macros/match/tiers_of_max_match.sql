{#- "Max match of X for up to Y": one tier from 0 to Y at the rate X / Y. The argument is a list of `X:Y`; anything but one is null. -#}
{% macro tiers_of_max_match(maxima_for) -%}
    case when len({{ maxima_for }}) = 1 then [{
        'tier': cast(1 as bigint),
        'employee_min': cast(0 as decimal(18, 12)),
        'employee_max': {{ rate_value("split_part(" ~ maxima_for ~ "[1], ':', 2)") }},
        'match_rate': {{ ratio(
            "cast(replace(cast(" ~ rate_value("split_part(" ~ maxima_for ~ "[1], ':', 1)") ~ " as varchar), '.', '') as hugeint)",
            "cast(replace(cast(" ~ rate_value("split_part(" ~ maxima_for ~ "[1], ':', 2)") ~ " as varchar), '.', '') as hugeint)"
        ) }}
    }] end
{%- endmacro %}
