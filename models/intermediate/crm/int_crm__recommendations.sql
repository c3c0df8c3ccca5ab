-- Grain: one row per client of the present load and place among its recommendations, 1 to 3.
-- Decided here: which three a CRM shows: by priority, then by the order of the rules. What the law, or the statute's
-- formula of a safe harbour, forbids the plan is none of them; what waits for another reason (a held client, an unknown
-- cost) is.
with

places as (
    select unnest([1, 2, 3]) as place,
),

ranked as (
    select
        recommendations.*,
        row_number() over (
            partition by recommendations.client_ref
            order by recommendations.priority, rules.rule_order, recommendations.recommendation
        ) as place,
    from {{ ref('fct_recommendation') }} as recommendations
    inner join {{ ref('dim_recommendation_rule') }} as rules on recommendations.rule = rules.rule
    where
        recommendations.not_exported_reason is null
        or recommendations.not_exported_reason not in ('plan_type_excluded', 'safe_harbor_formula')
)

select
    clients.client_ref,
    places.place,
    ranked.recommendation,
    ranked.change,
    ranked.priority,
    ranked.expected_measure,
    ranked.expected_low,
    ranked.expected_high,
    ranked.expected_note,
    ranked.cost_rate_low,
    ranked.cost_rate_high,
    ranked.cost_amount_low,
    ranked.cost_amount_high,
    ranked.cost_note,
from {{ ref('dim_client') }} as clients
cross join places
left join ranked on clients.client_ref = ranked.client_ref and places.place = ranked.place
