-- Grain: one row per client and feature.
-- Decided here: the value of a feature, and when there is none: the field is not settled, the provision does not
-- apply, or the value is outside the range of rule P01. A held client's settled values count like any other's. A
-- provision that a plan does not have gives no value to what describes it (no default rate without auto-enrolment).
with

designs as (
    select
        plans.*,
        derived.match_problem,
        derived.match_reason,
        derived.match_at_6_percent,
        derived.match_at_average_deferral,
        derived.nonelective_rate,
        derived.core_reason,
        case when plans.match_kind <> 'unresolved' then plans.match_kind <> 'none' end as has_match,
        case when plans.core_kind not in ('unresolved', 'defined_benefit') then plans.core_kind <> 'none' end
            as has_core,
    from {{ ref('fct_plan_design') }} as plans
    inner join {{ ref('int_features__derived') }} as derived on plans.client_ref = derived.client_ref
),

features_of_plans as (
    select
        designs.client_ref,
        unnest([
            {{ measured('match_generosity', 'case when match_problem is null then max_match_percentage end',
                'coalesce(match_problem, match_reason)') }},
            {{ measured('match_at_6_percent', 'case when match_problem is null then match_at_6_percent end',
                'coalesce(match_problem, match_reason)') }},
            {{ measured('default_deferral_rate', 'default_deferral_rate',
                "case when not is_auto_enrollment_on then 'not_applicable' end") }},
            {{ measured('escalation_cap',
                'case when coalesce(escalation_cap_rate >= default_deferral_rate, true) then escalation_cap_rate end',
                "case when not is_auto_escalation_on then 'not_applicable'
                    when escalation_cap_rate < default_deferral_rate then 'contradicted' end") }},
            {{ measured('years_to_full_vesting', 'len(vesting_schedule_array) - 1') }},
            {{ measured('mean_vesting_0_to_6',
                exact_quotient('(list_sum(vesting_schedule_array[1:7]) + greatest(7 - len(vesting_schedule_array), 0))', '7')) }},
            {{ measured('waiting_period_months',
                'coalesce(waiting_period_months, ' ~ exact_quotient('waiting_period_days', '365', factor='12') ~ ')',
                "'not_stated'") }},
            {{ measured('nonelective_rate', 'nonelective_rate', 'core_reason') }},
            {{ measured('participation_rate', 'current_participation') }},
            {{ measured('average_deferral_rate', 'average_contribution_rate') }},
            {{ measured('total_savings_rate',
                'case when match_problem is null
                    then average_contribution_rate + match_at_average_deferral + nonelective_rate end',
                "case when average_contribution_rate is null then null else coalesce(
                    match_problem, case when match_at_average_deferral is null then coalesce(match_reason, 'match_not_known')
                    end, core_reason, 'nonelective_not_known') end") }},
            {{ measured('auto_enrollment', yes_no('is_auto_enrollment_on')) }},
            {{ measured('auto_escalation', yes_no('is_auto_escalation_on')) }},
            {{ measured('match', yes_no('has_match')) }},
            {{ measured('true_up', yes_no('case when has_match then is_match_true_up end'),
                "case when not has_match then 'not_applicable' end") }},
            {{ measured('nonelective', yes_no('has_core'),
                "case when core_kind = 'defined_benefit' then 'pension' end") }},
            {{ measured('last_day_rule', yes_no("case
                when is_last_day_rule or (has_match and is_match_last_day_rule) or (has_core and is_core_last_day_rule) then true
                when has_match and has_core then not (is_match_last_day_rule or is_core_last_day_rule)
                when has_match and coalesce(core_kind, 'none') in ('none', 'defined_benefit') then is_match_last_day_rule
                when has_core and match_kind = 'none' then is_core_last_day_rule end"),
                "case when not has_match and has_core is distinct from true then 'not_applicable' else 'not_stated' end") }},
            {{ measured('immediate_vesting',
                yes_no("case when vesting_kind <> 'unresolved' then vesting_kind = 'immediate' end")) }}
        ], recursive := true),
    from designs
),

-- the limits of rule P01; what is no rate has none
judged as (
    select
        measured.client_ref,
        measured.feature,
        measured.value,
        measured.reason,
        -- a blank (`unknown`) settles nothing, yet another column may state the value; no other state may pass
        statuses.status in ('unresolved', 'rejected') and coalesce(statuses.reasons[1], '') <> 'unknown'
            as is_unsettled,
        statuses.reasons[1] as field_reason,
        features.unit in ('fraction_of_pay', 'share') and (
            measured.value < 0
            or measured.value > case measured.feature
                when 'default_deferral_rate' then {{ var('gate_auto_enrollment_rate_max') }}
                when 'escalation_cap' then {{ var('gate_escalation_cap_max') }}
                else 1
            end
        ) as is_out_of_range,
    from features_of_plans as measured
    inner join {{ ref('dim_feature') }} as features on measured.feature = features.feature
    left join {{ ref('fct_field_status') }} as statuses
        on measured.client_ref = statuses.client_ref and features.field = statuses.field
)

select
    client_ref,
    feature,
    case
        when is_out_of_range or is_unsettled then null
        else value
    end as value,
    case
        when is_out_of_range then 'out_of_range'
        when is_unsettled then coalesce(field_reason, 'unknown')
        when value is not null then null
        else coalesce(reason, field_reason, 'unknown')
    end as unknown_reason,
from judged
