-- Grain: one row per client of the present load, element of the FHI document and component.
-- Decided here: what stands in the participant journey. Its counts need the eligible employees, whom no source counts:
-- the head count is not theirs. So there are shares only; nobody's deferral or service is known, modelled or not.
with

modelled as (
    select client_ref,
    from {{ ref('int_fhi__modelled') }}
    where has_baseline_outcome
),

journey as (
    select
        *,
        coalesce(cast(vesting_schedule_array[cast(full_vesting_years as integer) + 1] = 1 as integer), 1)
            as is_fully_vested,
        case
            when match_generosity = 0 then 'no_match'
            when client_ref in (select modelled.client_ref, from modelled) then 'not_in_modelled_outcomes'
            else 'not_modelled'
        end as at_match_maximum_reason,
        case when match_generosity is not null then {{ exact_tiers('match_tiers') }} end as tiers,
        case when match_kind = 'service_graded' then {{ exact_bands('match_bands') }} end as bands,
    from {{ ref('int_fhi__measured') }}
),

computed as (
    select
        journey.client_ref,
        unnest([
            {{ fhi_result('eligible_count', 'null', {'eligible_employees': 'null'}, "'eligible_count_not_stated'",
                element='participant_journey') }},
            {{ fhi_result('eligible_share', 'null', {'eligible_employees': 'null', 'employee_count': 'employee_count'},
                "'eligible_count_not_stated'", element='participant_journey') }},
            {{ fhi_result('participating_count', 'null',
                {'participation_rate': exact('participation_rate'), 'eligible_employees': 'null'},
                "'eligible_count_not_stated'", element='participant_journey') }},
            {{ fhi_result('participating_share', 'participation_rate', fhi_inputs(['participation_rate']),
                'participation_rate_reason', element='participant_journey') }},
            {{ fhi_result('at_match_maximum_count', 'null',
                {'max_matched_deferral': exact('max_matched_deferral'), 'participants_at_match_maximum': 'null'},
                'at_match_maximum_reason', element='participant_journey') }},
            {{ fhi_result('at_match_maximum_share', 'null',
                {'max_matched_deferral': exact('max_matched_deferral'), 'participants_at_match_maximum': 'null'},
                'at_match_maximum_reason', element='participant_journey') }},
            {{ fhi_result('fully_vested_count', 'null', {'participants_vested_by_schedule': 'null'},
                "'service_not_stated'", element='participant_journey') }},
            {{ fhi_result('fully_vested_share', 'case when vesting_schedule_array is not null then is_fully_vested end',
                {'vesting_schedule': fhi_vesting(), 'full_vesting_years': exact('full_vesting_years')},
                'mean_vesting_0_to_6_reason', element='participant_journey') }},
            {{ fhi_result('match_at_average_deferral', 'match_at_average_deferral',
                {'average_deferral_rate': exact('average_deferral_rate'),
                    'match_tiers': 'case when bands is null then tiers end', 'match_bands': 'bands',
                    'annual_dollar_cap': exact('annual_dollar_cap')},
                'match_at_average_deferral_reason', element='total_savings_rate') }},
            {{ fhi_result('total_savings_rate', 'journey.total_savings_rate',
                {'average_deferral_rate': exact('average_deferral_rate'),
                    'match_at_average_deferral': exact('match_at_average_deferral'),
                    'nonelective_rate': exact('nonelective_rate')},
                'total_savings_rate_unknown_reason', element='total_savings_rate') }},
            {{ fhi_result('preparedness_gap', 'preparedness_gap',
                {'total_savings_rate': exact('journey.total_savings_rate'), 'savings_target': exact('savings_target')},
                'preparedness_gap_unknown_reason', element='preparedness_gap') }},
            {{ fhi_result('retirement_readiness', 'retirement_readiness',
                {'total_savings_rate': exact('journey.total_savings_rate'), 'savings_target': exact('savings_target'),
                    'participation_rate': exact('participation_rate')},
                'retirement_readiness_unknown_reason', element='retirement_readiness') }},
            {{ fhi_result('plan_health_score', 'plan_health_score',
                {'known_weight': exact('known_weight'), 'total_weight': exact('total_weight'),
                    'known_share_min': exact('scored.known_share_min')},
                'plan_health_score_unknown_reason', element='plan_health_score') }},
            {{ fhi_result('financial_wellness_continuum', 'null',
                {'plan_health_score': exact('plan_health_score'), 'coping_from': exact('scored.coping_from'),
                    'healthy_from': exact('scored.healthy_from')},
                'band_unknown_reason', element='financial_wellness_continuum') }}
        ], recursive := true),
    from journey
    inner join {{ ref('int_fhi__scored') }} as scored on journey.client_ref = scored.client_ref
),

told as (
    select
        client_ref,
        element,
        component,
        value,
        cast(null as decimal(18, 12)) as weight,
        reason,
        inputs,
    from computed
    union all
    select
        client_ref,
        'plan_health_score' as element,
        component,
        value,
        weight,
        unknown_reason as reason,
        inputs,
    from {{ ref('int_fhi__components') }}
)

select
    told.client_ref,
    told.element,
    told.component,
    told.value,
    case when told.element = 'financial_wellness_continuum' then scored.band end as band,
    told.weight,
    case
        when told.value is null and (told.element <> 'financial_wellness_continuum' or scored.band is null)
            then coalesce(told.reason, 'unknown')
    end as unknown_reason,
    formulas.formula_id || '/' || formulas.version as formula_id,
    told.inputs,
    formulas.formula_order,
from told
inner join {{ ref('fhi_formulas') }} as formulas
    on told.element = formulas.element and told.component = formulas.component
inner join {{ ref('int_fhi__scored') }} as scored on told.client_ref = scored.client_ref
