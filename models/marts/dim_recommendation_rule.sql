-- Grain: one row per rule.
-- Decided here: nothing; the rules of the seed, typed.
select
    cast(rule_order as integer) as rule_order,
    rule,
    recommendation,
    feature,
    field,
    string_split(levers, '|') as levers,
    condition,
    change,
    {% for column in [
        'threshold', 'target', 'escalation_rate', 'escalation_cap', 'effect_low', 'effect_high', 'effect_per'
    ] -%}
    cast({{ column }} as decimal(18, 12)) as {{ column }},
    {% endfor -%}
    effect_measure,
    effect_note,
    source,
    complexity,
    cast(months_to_implement as integer) as months_to_implement,
    coalesce(string_split(not_for_plan_types, '|'), []) as not_for_plan_types,
    coalesce(string_split(not_for_industries, '|'), []) as not_for_industries,
    exclusion_source,
    cast(is_simulated as boolean) as is_simulated,
from {{ ref('recommendation_rules') }}
