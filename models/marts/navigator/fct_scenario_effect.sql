-- Grain: one row per client, scenario beside the baseline, and simulated year.
-- Decided here: whether the two can be compared at all: the same seed and years over the same base configuration and
-- version, neither of a superseded design. Where they can't, the row says why and holds no figure.
with

runs as (
    select * from {{ ref('dim_scenario') }} where outcome_status in ('accepted', 'stale')
),

outcomes as (
    select * from {{ ref('fct_navigator_outcome') }}
),

paired as (
    select
        runs.client_ref,
        runs.scenario,
        runs.seed,
        case
            when baseline.client_ref is null then 'no_baseline'
            when runs.outcome_status = 'stale' then 'scenario_stale'
            when baseline.outcome_status = 'stale' then 'baseline_stale'
            when runs.seed is distinct from baseline.seed then 'different_seed'
            when (runs.start_year, runs.end_year) is distinct from (baseline.start_year, baseline.end_year)
                then 'different_years'
            when runs.navigator_version is distinct from baseline.navigator_version then 'different_version'
            -- unknown on one side or both is no difference; dim_scenario calls such an outcome unproven
            when runs.base_checksum <> baseline.base_checksum then 'different_base'
        end as refused_reason,
    from runs
    left join runs as baseline on runs.client_ref = baseline.client_ref and baseline.scenario = 'baseline'
    where runs.scenario <> 'baseline'
)

select
    paired.client_ref,
    paired.scenario,
    modelled.simulation_year,
    paired.seed,
    paired.refused_reason is null as is_comparable,
    paired.refused_reason,
    {%- for measure in outcome_measures() %}
    case when paired.refused_reason is null then modelled.{{ measure }} - baseline.{{ measure }} end as {{ measure }}_change,
    {%- endfor %}
from paired
inner join outcomes as modelled on paired.client_ref = modelled.client_ref and paired.scenario = modelled.scenario
left join outcomes as baseline
    on
        paired.client_ref = baseline.client_ref
        and baseline.scenario = 'baseline'
        and modelled.simulation_year = baseline.simulation_year
