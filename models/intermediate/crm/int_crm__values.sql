-- Grain: one row per client of the present load and field of its CRM record that a model knows of.
-- Decided here: the value, or why there is none: known not to be there (is_none), or not known. Fractions are of 1. A
-- yes/no feature has no percentile: the share of peers that have it stands for it.
with

present_load as (
    select max(cast(as_of_on as date)) as as_of_on
    from {{ source('raw', 'load') }}
),

scores as (
    select
        client_ref,
        unnest([
            {{ crm_value('plan_health_score', 'plan_health_score', reason='plan_health_score_unknown_reason') | indent(12) }},
            {{ crm_value('plan_health_band', text='band', reason='band_unknown_reason') | indent(12) }},
            {{ crm_value('retirement_readiness', 'retirement_readiness', reason='retirement_readiness_unknown_reason') | indent(12) }},
            {{ crm_value('preparedness_gap', 'preparedness_gap', reason='preparedness_gap_unknown_reason') | indent(12) }}
        ], recursive := true),
    from {{ ref('int_fhi__scored') }}
),

peers as (
    select
        benchmarks.client_ref,
        if(features.kind = 'continuous', 'peer_percentile_', 'peer_adoption_') || benchmarks.feature as field,
        cast(round(coalesce(benchmarks.percentile, benchmarks.adoption_share), 6) as decimal(38, 12)) as number_value,
        null as text_value,
        features.kind = 'continuous' and coalesce(benchmarks.client_unknown_reason, '') = 'not_applicable' as is_none,
        coalesce(
            case when features.kind = 'continuous' then benchmarks.client_unknown_reason end, benchmarks.unpublished_reason
        ) as reason,
    from {{ ref('fct_peer_benchmark') }} as benchmarks
    inner join {{ ref('dim_feature') }} as features on benchmarks.feature = features.feature
    where features.is_headline
),

recommended as (
    {% for place in [1, 2, 3] -%}
    select
        client_ref,
        unnest([
            {%- set prefix = 'recommendation_' ~ place %}
            {%- set absent = "recommendation is null" %}
            {%- set why = "case when recommendation is null then 'no_recommendation' else " %}
            {{ crm_value(prefix, text='change', is_none=absent, reason=why ~ "null end") | indent(12) }},
            {{ crm_value(prefix ~ '_priority', text='priority', is_none=absent, reason=why ~ "null end") | indent(12) }},
            {{ crm_value(prefix ~ '_lift_measure', text='expected_measure', is_none=absent, reason=why ~ "null end") | indent(12) }},
            {% for side in ['low', 'high'] -%}
            {{ crm_value(prefix ~ '_lift_' ~ side, 'expected_' ~ side, is_none=absent, reason=why ~ 'expected_note end') | indent(12) }},
            {{ crm_value(prefix ~ '_cost_rate_' ~ side, 'cost_rate_' ~ side, is_none=absent, reason=why ~ 'cost_note end') | indent(12) }},
            {{ crm_value(prefix ~ '_cost_amount_' ~ side, 'cost_amount_' ~ side, is_none=absent, reason=why ~ 'cost_note end') | indent(12) }}
            {%- if not loop.last %},{% endif %}
            {% endfor %}
        ], recursive := true),
    from {{ ref('int_crm__recommendations') }}
    where place = {{ place }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

freshness as (
    select
        clients.client_ref,
        unnest([
            {{ crm_value('data_as_of', text='clients.last_updated_on', reason="'unknown'") | indent(12) }},
            {{ crm_value('data_freshness', text="case
                when clients.last_updated_on is null then 'unknown'
                when clients.last_updated_on < present_load.as_of_on - to_months(" ~ var('gate_last_updated_hold_months') ~ ") then 'out_of_date'
                when clients.last_updated_on < present_load.as_of_on - to_months(" ~ var('gate_last_updated_warn_months') ~ ") then 'ageing'
                else 'current'
            end") | indent(12) }}
        ], recursive := true),
    from {{ ref('dim_client') }} as clients
    cross join present_load
)

select * from scores
union all
select * from peers
union all
select * from recommended
union all
select * from freshness
