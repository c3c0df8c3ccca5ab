-- Grain: one row per recommendation rule that is made for any client of the batch, the most valuable first.
-- Decided here: value is the low end of the expected lift, taken over the clients: further participants (participation times
-- employees), or the median lift of the average deferral. Of clients too few or of too few organisations nothing is said.
with

made as (
    select
        recommendations.rule,
        recommendations.expected_measure,
        recommendations.expected_low,
        recommendations.expected_high,
        recommendations.priority,
        recommendations.is_exported,
        recommendations.client_ref,
        selected.organisation,
        selected.employee_count,
    from fct_recommendation as recommendations
    inner join selected on recommendations.client_ref = selected.client_ref
),

counted as (
    select
        rule,
        any_value(expected_measure) as expected_measure,
        count(distinct client_ref) as clients,
        count(distinct client_ref) filter (where is_exported) as as_scenarios,
        min(priority) as priority,
        median(cast(expected_low as double)) as median_low,
        median(cast(expected_high as double)) as median_high,
        sum(expected_low * employee_count) filter (where expected_measure = 'participation_points') as further_low,
        sum(expected_high * employee_count) filter (where expected_measure = 'participation_points') as further_high,
        count(*) >= cast(getvariable('plans_min') as integer)
        and count(distinct organisation) >= cast(getvariable('organisations_min') as integer) as is_published,
        count(expected_low) >= cast(getvariable('plans_min') as integer)
        and count(distinct organisation) filter (where expected_low is not null)
        >= cast(getvariable('organisations_min') as integer) as has_effect,
        count(expected_low * employee_count) >= cast(getvariable('plans_min') as integer)
        and count(distinct organisation) filter (where expected_low * employee_count is not null)
        >= cast(getvariable('organisations_min') as integer) as has_people,
    from made
    group by rule
)

select
    counted.rule,
    rules.condition,
    rules.change,
    counted.expected_measure,
    if(is_published, counted.priority, null) as best_priority,
    if(is_published, counted.clients, null) as clients,
    if(is_published, counted.as_scenarios, null) as as_scenarios,
    if(is_published and has_effect, counted.median_low, null) as expected_low_median,
    if(is_published and has_effect, counted.median_high, null) as expected_high_median,
    if(is_published and has_people, cast(round(counted.further_low) as bigint), null) as further_participants_low,
    if(is_published and has_people, cast(round(counted.further_high) as bigint), null) as further_participants_high,
    if(
        is_published and has_effect,
        range_text(points(counted.median_low), points(counted.median_high), ' points'),
        null
    ) as written,
    if(is_published, null, 'made for too few plans or organisations to be told') as suppressed_reason,
from counted
inner join dim_recommendation_rule as rules on counted.rule = rules.rule
order by
    is_published desc, best_priority nulls last, further_participants_low desc nulls last,
    expected_low_median desc nulls last, clients desc nulls last, counted.rule;
