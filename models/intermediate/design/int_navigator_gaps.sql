-- Grain: one row per client and provision that Navigator does not simulate as the plan has it.
-- Decided here: which gaps change the employer's cost (code begins with `cost:`, the client is held for Navigator, rule
-- P12) and which are only named in the export's warnings. Source: contract navigator.md sections 1, 3 and 6.
with

designs as (
    select
        money.*,
        eligibility.plan_eligibility,
        eligibility.match_eligibility,
        eligibility.core_eligibility,
        features.default_deferral_rate,
        features.escalation_increment_rate,
        vesting.vesting_schedule_array,
        scalars.match_true_up,
    from {{ ref('int_employer_money__resolved') }} as money
    inner join {{ ref('int_eligibilities__resolved') }} as eligibility on money.client_ref = eligibility.client_ref
    inner join {{ ref('int_automatic_features__resolved') }} as features on money.client_ref = features.client_ref
    inner join {{ ref('int_scalars__by_client') }} as scalars on money.client_ref = scalars.client_ref
    inner join {{ ref('int_clients') }} as clients on money.client_ref = clients.client_ref
    inner join {{ ref('int_plan_texts__chosen') }} as plans on clients.client_id = plans.client_id
    left join {{ ref('int_vesting_schedules__parsed') }} as vesting on plans.vesting_schedule_text = vesting.raw
),

judged as (
    select
        client_ref,
        unnest([
            {{ navigator_gap('cost:match_dollar_cap', 'match_formula', 'annual_dollar_cap is not null',
                'Navigator has no yearly dollar cap on the match') }},
            {{ navigator_gap('cost:match_discretionary', 'match_formula', "match_kind = 'discretionary'",
                'The match is discretionary and no rate is stated') }},
            {{ navigator_gap('cost:core_discretionary', 'nonelective_formula',
                "core_kind = 'discretionary' and core_rate is null",
                'The nonelective contribution is discretionary and no rate is stated') }},
            {{ navigator_gap('match_discretionary_at_current_rate', 'match_formula',
                "is_match_discretionary and match_kind <> 'discretionary'",
                'The match is discretionary; it is simulated at the rate stated') }},
            {{ navigator_gap('core_discretionary_at_current_rate', 'nonelective_formula',
                "core_kind = 'discretionary' and core_rate is not null",
                'The nonelective contribution is discretionary; it is simulated at the rate stated') }},
            {{ navigator_gap('defined_benefit_outside', 'nonelective_formula', "core_kind = 'defined_benefit'",
                'The pension beside the plan is not simulated') }},
            {{ navigator_gap('tenure_band_mode_echo', 'match_formula', "match_kind = 'service_graded'",
                'Navigator labels results of a service-graded match tenure_graded, not with the scenario\'s own label') }},
            {{ navigator_gap('waiting_days_rounded_to_30', 'eligibility',
                "plan_eligibility['waiting_period_days'] % 30 <> 0",
                'Navigator counts the plan\'s waiting period in months of 30 days') }},
            {{ navigator_gap('match_wait_not_whole_years', 'match_eligibility_criteria',
                "match_kind <> 'none' and " ~ is_part_year('match_eligibility', 'plan_eligibility'),
                'Navigator delays the match by whole years of service only; the part of a year is not delayed') }},
            {{ navigator_gap('core_wait_not_whole_years', 'nonelective_eligibility_criteria',
                "core_kind not in ('none', 'defined_benefit') and " ~ is_part_year('core_eligibility', 'plan_eligibility'),
                'Navigator delays the nonelective contribution by whole years of service only; the part of a year '
                ~ 'is not delayed') }},
            {{ navigator_gap('minimum_age_fixed_at_21', 'eligibility', "plan_eligibility['minimum_age'] <> 21",
                'Navigator\'s minimum age is 21') }},
            {{ navigator_gap('entry_dates_not_modelled', 'eligibility',
                "plan_eligibility['entry_dates'] <> 'immediate'",
                'Entry dates are not simulated') }},
            {{ navigator_gap('employment_class_not_modelled', 'eligibility',
                "plan_eligibility['employment_class'] is not null",
                'Classes of employees are not simulated') }},
            {{ navigator_gap('hours_annual_only', 'eligibility',
                "plan_eligibility['minimum_hours'] > 0 "
                ~ "or match_kind <> 'none' and match_eligibility['minimum_hours'] > 0 "
                ~ "or core_kind not in ('none', 'defined_benefit') and core_eligibility['minimum_hours'] > 0",
                'Hours are counted once a year, and only for the employer\'s money') }},
            {{ navigator_gap('match_paid_annually', 'match_true_up', 'not match_true_up and match_kind <> \'none\'',
                'Navigator matches the yearly deferral, as with a true-up, which this plan does not have') }},
            {{ navigator_gap('vesting_not_in_enum', 'vesting_schedule',
                'vesting_schedule_array is not null and ' ~ navigator_vesting_type('vesting_schedule_array') ~ ' is null',
                'Navigator has no such vesting schedule; forfeitures cannot be analysed there') }},
            {{ navigator_gap('deferral_rates_4_decimals', 'auto_enrollment_rate',
                'round(default_deferral_rate, 4) <> default_deferral_rate '
                ~ 'or round(escalation_increment_rate, 4) <> escalation_increment_rate',
                'Navigator keeps four decimals of a deferral rate') }},
        ]) as gap,
    from designs
)

select
    client_ref,
    gap.code as code,
    gap.field as field,
    gap.message as message,
from judged
where gap is not null
