{#- The vesting enum of Navigator that a schedule equals, null where none does (contract navigator.md section 3). -#}
{% macro navigator_vesting_type(schedule) -%}
    case list_transform({{ schedule }}, lambda vested: round(vested, 4))
        {%- for name, steps in {
            'immediate': '1', 'cliff_1_year': '0, 1', 'cliff_2_year': '0, 0, 1', 'cliff_3_year': '0, 0, 0, 1',
            'cliff_4_year': '0, 0, 0, 0, 1', 'graded_3_year': '0, 0.3333, 0.6667, 1', 'graded_4_year': '0, 0.25, 0.5, 0.75, 1',
            'graded_5_year': '0, 0.2, 0.4, 0.6, 0.8, 1', 'graded_6_year': '0, 0, 0.2, 0.4, 0.6, 0.8, 1'
        }.items() %}
        when cast([{{ steps }}] as decimal(18, 4)[]) then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}
