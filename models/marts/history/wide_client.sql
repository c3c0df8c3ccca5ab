-- Grain: one row per client of the present load, held ones included.
-- Decided here: which of a client's rows stand for it where a mart has several: the recommendation of the highest
-- priority (of the same one that of the first rule), the last simulated year of the baseline. What the law, or the
-- statute's formula of a safe harbour, forbids the plan is no recommendation here, as in the CRM. Who is held is said
-- when the gates have passed and the marts are published; here nobody is.
{%- set values = ['match_at_6_percent', 'years_to_full_vesting', 'mean_vesting_0_to_6', 'total_savings_rate'] %}
{%- set places = [
    'match_generosity', 'default_deferral_rate', 'years_to_full_vesting', 'waiting_period_months', 'participation_rate',
    'average_deferral_rate', 'total_savings_rate'
] %}
{%- set provisions = [
    'match_kind', 'match_status', 'max_match_percentage', 'max_matched_deferral', 'annual_dollar_cap',
    'is_match_discretionary', 'is_match_true_up', 'core_kind', 'core_status', 'core_rate', 'vesting_kind', 'vesting_status',
    'is_auto_enrollment_on', 'default_deferral_rate', 'auto_enrollment_scope', 'is_auto_escalation_on',
    'escalation_increment_rate', 'escalation_cap_rate', 'waiting_period_months', 'waiting_period_days', 'minimum_age',
    'entry_dates'
] %}
with

measured as (
    select
        client_ref,
        {%- for feature in values %}
        max(client_value) filter (where feature = '{{ feature }}') as {{ feature }},
        {%- endfor %}
        {%- for feature in places %}
        max(percentile) filter (where feature = '{{ feature }}') as {{ feature }}_percentile,
        {%- endfor %}
    from {{ ref('fct_peer_benchmark') }}
    group by client_ref
),

gaps as (
    select
        gaps.client_ref,
        count(*) filter (where (features.more_is = 'better') = (gaps.direction in ('below', 'absent')))
            as adverse_gaps,
        list(gaps.feature order by gaps.feature) as gap_features,
    from {{ ref('fct_gap') }} as gaps
    inner join {{ ref('dim_feature') }} as features on gaps.feature = features.feature
    group by gaps.client_ref
),

recommended as (
    select
        found.client_ref,
        count(*) as recommendations,
        count(*) filter (where found.priority in ('P1', 'P2')) as urgent_recommendations,
        min_by(
            {'recommendation': found.recommendation, 'priority': found.priority, 'change': found.change},
            (found.priority, rules.rule_order)
        ) as first,
    from {{ ref('fct_recommendation') }} as found
    inner join {{ ref('dim_recommendation_rule') }} as rules on found.rule = rules.rule
    where
        found.not_exported_reason is null
        or found.not_exported_reason not in ('plan_type_excluded', 'safe_harbor_formula')
    group by found.client_ref
),

fields as (
    select
        client_ref,
        count(*) filter (where is_blocking_export) as blocking_fields,
        count(*) filter (where status = 'derived') as derived_fields,
        count(*) filter (where status = 'reviewed') as reviewed_fields,
    from {{ ref('fct_field_status') }}
    group by client_ref
),

modelled as (
    select
        client_ref,
        max(simulation_year) as simulation_year,
        max_by({
            'participation_rate': participation_rate_eligible,
            'deferral_rate': avg_deferral_participants,
            'cost_rate': employer_cost_rate
        }, simulation_year) as last,
    from {{ ref('fct_navigator_outcome') }}
    where scenario = 'baseline'
    group by client_ref
),

versions as (
    select
        client_ref,
        version_number,
        valid_from,
        change_reason,
    from {{ ref('dim_plan_design') }}
    where is_current
)

select
    clients.client_ref,
    clients.client_name,
    segments.organisation,
    clients.industry,
    segments.industry_group,
    clients.employee_count,
    segments.size_band,
    segments.size_band_label,
    segments.plan_type,
    clients.state,
    segments.region,
    clients.data_source,
    clients.last_updated_on,
    false as is_held,
    cast([] as varchar[]) as held_rules,
    cast(null as varchar) as held_message,
    coalesce(fields.blocking_fields, 0) as blocking_fields,
    coalesce(fields.derived_fields, 0) as derived_fields,
    coalesce(fields.reviewed_fields, 0) as reviewed_fields,
    versions.version_number as design_version,
    versions.valid_from as design_valid_from,
    versions.change_reason as design_change_reason,
    measured.match_at_6_percent,
    measured.years_to_full_vesting,
    measured.mean_vesting_0_to_6,
    {%- for provision in provisions %}
    designs.{{ provision }},
    {%- endfor %}
    designs.current_participation as participation_rate,
    designs.average_contribution_rate as average_deferral_rate,
    measured.total_savings_rate,
    scores.plan_health_score,
    scores.band as plan_health_band,
    scores.retirement_readiness,
    scores.preparedness_gap,
    steps.peer_group_key,
    steps.widening_step,
    steps.plans as peer_plans,
    {%- for feature in places %}
    cast(round(measured.{{ feature }}_percentile, 6) as decimal(9, 6)) as {{ feature }}_percentile,
    {%- endfor %}
    coalesce(gaps.adverse_gaps, 0) as adverse_gaps,
    coalesce(gaps.gap_features, []) as gap_features,
    coalesce(recommended.recommendations, 0) as recommendations,
    coalesce(recommended.urgent_recommendations, 0) as urgent_recommendations,
    recommended.first.recommendation as first_recommendation,
    recommended.first.priority as first_priority,
    recommended.first.change as first_change,
    scenarios.outcome_status as baseline_outcome_status,
    modelled.simulation_year as modelled_year,
    modelled.last.participation_rate as modelled_participation_rate,
    modelled.last.deferral_rate as modelled_deferral_rate,
    modelled.last.cost_rate as modelled_employer_cost_rate,
from {{ ref('dim_client') }} as clients
inner join {{ ref('dim_client_segment') }} as segments on clients.client_ref = segments.client_ref
inner join {{ ref('fct_plan_design') }} as designs on clients.client_ref = designs.client_ref
left join fields on clients.client_ref = fields.client_ref
left join versions on clients.client_ref = versions.client_ref
left join {{ ref('int_fhi__scored') }} as scores on clients.client_ref = scores.client_ref
left join measured on clients.client_ref = measured.client_ref
left join {{ ref('fct_peer_step') }} as steps on clients.client_ref = steps.client_ref and steps.is_chosen
left join gaps on clients.client_ref = gaps.client_ref
left join recommended on clients.client_ref = recommended.client_ref
left join {{ ref('dim_scenario') }} as scenarios
    on clients.client_ref = scenarios.client_ref and scenarios.scenario = 'baseline'
left join modelled on clients.client_ref = modelled.client_ref
