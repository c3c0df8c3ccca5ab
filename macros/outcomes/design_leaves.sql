{#- The values of a design that move the engine, one row per path; numbers alike however they are written (6.0 is 6), and an
    empty value like one that is not there. `relation` has the column `design`, and `key`, which comes along.
    List positions are part of the path; `list_path` is where the outermost list begins. -#}
{% macro design_leaves(relation, key) -%}
    select
        {{ relation }}.{{ key }},
        tree.fullkey as path,
        regexp_extract(tree.fullkey, '^[^\[]+') as list_path,
        tree.type = 'ARRAY' as is_list,
        case
            when tree.type in ('UBIGINT', 'BIGINT', 'HUGEINT', 'DOUBLE') then cast(cast(tree.atom as double) as varchar)
            else cast(tree.atom as varchar)
        end as value,
    from {{ relation }}, json_tree({{ relation }}.design) as tree
    where tree.type not in ('OBJECT', 'NULL')
{%- endmacro %}

{#- Of a complete document (or a merged configuration) what design_leaves compares. -#}
{% macro design_of(document) -%}
    json_object(
        'simulation', {{ document }} -> 'simulation',
        'auto_enrollment', {{ document }} -> 'enrollment' -> 'auto_enrollment',
        'deferral_auto_escalation', {{ document }} -> 'deferral_auto_escalation',
        'employer_core_contribution', {{ document }} -> 'employer_core_contribution',
        'eligibility', {{ document }} -> 'eligibility',
        'dc_plan', {{ document }} -> 'dc_plan',
        'vesting_schedule_array', {{ document }} -> 'design_matrix' -> 'vesting_schedule_array'
    )
{%- endmacro %}
