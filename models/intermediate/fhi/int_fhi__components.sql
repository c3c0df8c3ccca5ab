-- Grain: one row per client and component of the plan health score.
-- Decided here: how much of its weight a component earns, 0 to 1 with twelve places; null, with the reason, where an
-- input is unknown. A plan that does not enrol (or raise deferrals) by itself has no rate (no cap): 0, which is known.
with

components as (
    select
        client_ref,
        unnest([
            {{ fhi_result('participation', 'participation_rate', fhi_inputs(['participation_rate']),
                'participation_rate_reason') }},
            {{ fhi_result('savings_adequacy', fhi_share('total_savings_rate', 'savings_target'),
                fhi_inputs(['total_savings_rate', 'savings_target']), 'total_savings_rate_reason') }},
            {{ fhi_result('match_capture',
                "case match_generosity when 0 then 1 else " ~ fhi_share('match_at_average_deferral', 'match_generosity') ~ " end",
                {'match_at_average_deferral': exact('match_at_average_deferral'),
                    'max_match_percentage': exact('match_generosity')},
                'match_at_average_deferral_reason') }},
            {{ fhi_result('automatic_enrollment', 'auto_enrollment', {'is_auto_enrollment_on': 'auto_enrollment = 1'},
                'auto_enrollment_reason') }},
            {{ fhi_result('default_rate',
                "case auto_enrollment when 0 then 0 when 1 then " ~ fhi_share('default_deferral_rate', 'default_rate_full') ~ " end",
                {'is_auto_enrollment_on': 'auto_enrollment = 1', 'default_deferral_rate': exact('default_deferral_rate'),
                    'default_rate_full': exact('default_rate_full')},
                'coalesce(auto_enrollment_reason, default_deferral_rate_reason)') }},
            {{ fhi_result('automatic_escalation', 'auto_escalation', {'is_auto_escalation_on': 'auto_escalation = 1'},
                'auto_escalation_reason') }},
            {{ fhi_result('escalation_cap',
                "case auto_escalation when 0 then 0 when 1 then " ~ fhi_share('escalation_cap', 'escalation_cap_full') ~ " end",
                {'is_auto_escalation_on': 'auto_escalation = 1', 'escalation_cap_rate': exact('escalation_cap'),
                    'escalation_cap_full': exact('escalation_cap_full')},
                'coalesce(auto_escalation_reason, escalation_cap_reason)') }},
            {{ fhi_result('waiting_period', "1 - " ~ fhi_share('waiting_period_months', 'waiting_months_none'),
                {'waiting_period_months': exact('waiting_period_months'),
                    'waiting_period_days': 'case when waiting_period_months is not null then waiting_period_days end',
                    'waiting_months_none': exact('waiting_months_none')},
                'waiting_period_months_reason') }},
            {{ fhi_result('vesting', 'mean_vesting_0_to_6', {'vesting_schedule': fhi_vesting()},
                'mean_vesting_0_to_6_reason') }}
        ], recursive := true),
    from {{ ref('int_fhi__measured') }}
)

select
    components.client_ref,
    components.component,
    cast(weights.component_order as integer) as component_order,
    weights.part_of,
    cast(weights.weight as decimal(18, 12)) as weight,
    components.value,
    case when components.value is null then coalesce(components.reason, 'unknown') end as unknown_reason,
    components.inputs,
from components
inner join {{ ref('fhi_components') }} as weights on components.component = weights.component
