{#- The tiers of a safe-harbour match by its name: basic, IRC 401(k)(12)(B)(i); qaca, IRC 401(k)(13)(D)(i)(I). Null for a
    bare or enhanced safe harbour, whose formula the name does not settle. -#}
{% macro safe_harbor_tiers(names) -%}
    case list_distinct({{ names }})
        when ['basic'] then {{ tiers_literal([['0.00', '0.03', '1.00'], ['0.03', '0.05', '0.50']]) }}
        when ['qaca'] then {{ tiers_literal([['0.00', '0.01', '1.00'], ['0.01', '0.06', '0.50']]) }}
    end
{%- endmacro %}

{#- A list of tier structs from [[employee_min, employee_max, match_rate], ...]. -#}
{% macro tiers_literal(tiers) -%}
    [
        {%- for tier in tiers %}
        {
            'tier': cast({{ loop.index }} as bigint),
            'employee_min': cast({{ tier[0] }} as decimal(18, 12)),
            'employee_max': cast({{ tier[1] }} as decimal(18, 12)),
            'match_rate': cast({{ tier[2] }} as decimal(18, 12))
        }{% if not loop.last %},{% endif %}
        {%- endfor %}
    ]
{%- endmacro %}
