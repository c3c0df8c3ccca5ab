-- Grain: one row per client, scenario beside the baseline, and simulated year.
-- Decided here: whether the two can be compared at all: the same seed and years over the same base configuration and
-- version, neither of a superseded design. Where they can't, the row says why and holds no figure.
with

runs as (
    select
        client_ref,
        scenario,
        outcome_status,
        seed,
        start_year,
        end_year,
        navigator_version,
        base_checksum,
    from {{ ref('dim_scenario') }}
    where outcome_status in ('accepted', 'stale')
),

outcomes as (
    select
        client_ref,
        scenario,
        simulation_year,
        {%- for measure in outcome_measures() %}
        {{ measure }},
        {%- endfor %}
    from {{ ref('fct_navigator_outcome') }}
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
            when not coalesce(runs.seed = baseline.seed, false) then 'different_seed'
            when not coalesce(runs.start_year = baseline.start_year, false) then 'different_years'
            when not coalesce(runs.end_year = baseline.end_year, false) then 'different_years'
            when not coalesce(runs.navigator_version = baseline.navigator_version, false) then 'different_version'
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
    {{ outcome_changes('modelled', 'baseline', 'paired.refused_reason is null') }}
from paired
inner join outcomes as modelled on paired.client_ref = modelled.client_ref and paired.scenario = modelled.scenario
left join outcomes as baseline
    on
        paired.client_ref = baseline.client_ref
        and baseline.scenario = 'baseline'
        and modelled.simulation_year = baseline.simulation_year
