-- The tables that the peer models read, for a book of made-up clients; bench/peer_book.py fills in the numbers.
create or replace macro chance(i, what) as (hash(i, what, {seed}) % 1000000) / 1000000.0;
create or replace macro picked(i, what, choices) as choices[1 + (hash(i, what, {seed}) % len(choices))::integer];
create or replace table dim_client as select
    'c' || lpad(format('{{:x}}', i), 15, '0') as client_ref,
    case when chance(i, 'named') > 0.01 then 'Organisation ' || (hash(i, 'name', {seed}) % {organisations})
        || picked(i, 'form', ['', ', Inc.', ' LLC', ' Corporation', ' INC']) end as client_name,
    case when chance(i, 'industry known') > 0.01 then picked(i, 'industry', ['healthcare', 'healthcare', 'healthcare',
        'higher_ed', 'higher_ed', 'manufacturing', 'manufacturing', 'nonprofit', 'government', 'other']) end as industry,
    case when chance(i, 'count known') > 0.01
        then cast(exp(4 + 7 * chance(i, 'count')) as integer) end as employee_count,
    case when chance(i, 'state known') > 0.02 then picked(i, 'state', (select list(state_code order by state_code)
        from census_regions) || ['PR', 'GU']) end as state,
    picked(i, 'type', ['401(k)', '401k', '403(b)', '403(b) plan', '457(b)', '401(a)', '457', null]) as plan_type
    from range({clients}) as t(i);
create or replace table numbered as select row_number() over (order by client_ref) as i, client_ref from dim_client;
create or replace table fct_plan_design as select client_ref,
    picked(i, 'match', ['none', 'simple', 'simple', 'simple', 'tiered', 'service_graded', 'unresolved']) as match_kind,
    case match_kind when 'none' then 0 when 'simple' then picked(i, 'rate', [0.25, 0.5, 1.0]) * picked(i, 'to', [.03, .04, .05, .06])
        when 'tiered' then 0.04 when 'service_graded' then 0.04 end::decimal(18, 12) as max_match_percentage,
    case when chance(i, 'stated') < 0.1 then max_match_percentage when chance(i, 'stated') < 0.11 then 0.08 end::decimal(18, 12)
        as match_effective_rate,
    picked(i, 'core', ['none', 'none', 'flat', 'service_graded', 'defined_benefit', null]) as core_kind,
    chance(i, 'auto') < 0.6 as is_auto_enrollment_on,
    case when is_auto_enrollment_on then picked(i, 'default', [.02, .03, .03, .04, .06, .16, null]) end::decimal(18, 12)
        as default_deferral_rate,
    chance(i, 'rising') < 0.4 as is_auto_escalation_on,
    case when is_auto_escalation_on then picked(i, 'cap', [.06, .1, .1, .15, .25, null]) end::decimal(18, 12)
        as escalation_cap_rate,
    picked(i, 'vesting', ['immediate', 'cliff', 'graded', null]) as vesting_kind,
    case vesting_kind when 'immediate' then [1.0] when 'cliff' then [0, 0, 0, 1.0]
        when 'graded' then [0, 0, 0.2, 0.4, 0.6, 0.8, 1.0] end::decimal(18, 12)[] as vesting_schedule_array,
    picked(i, 'months', [0, 0, 3, 6, 12, null, null]) as waiting_period_months,
    case when waiting_period_months is null then picked(i, 'days', [30, 60, 90, null]) end as waiting_period_days,
    case when core_kind = 'flat' then picked(i, 'core rate', [.01, .02, .03]) end::decimal(18, 12) as core_rate,
    case when vesting_kind is null then 'unresolved' else 'exact' end as vesting_status,
    false as is_match_discretionary, []::varchar[] as navigator_gap_codes,
    case when chance(i, 'joined known') < 0.7 then round(0.4 + 0.6 * chance(i, 'joined'), 4) end::decimal(18, 12)
        as current_participation,
    case when chance(i, 'saved known') < 0.6 then round(0.02 + 0.1 * chance(i, 'saved'), 4) end::decimal(18, 12)
        as average_contribution_rate,
    picked(i, 'trued', [true, false, false, null]) as is_match_true_up,
    picked(i, 'last', [null, null, null, true]) as is_last_day_rule,
    picked(i, 'last match', [false, false, true, null]) as is_match_last_day_rule,
    picked(i, 'last core', [false, false, true, null]) as is_core_last_day_rule
    from numbered;
create or replace table int_employer_money__resolved as select client_ref, match_kind, core_kind,
    case match_kind
        when 'simple' then [{{'tier': 1, 'employee_min': 0::decimal(18, 12), 'employee_max':
            picked(i, 'to', [.03, .04, .05, .06])::decimal(18, 12),
            'match_rate': picked(i, 'rate', [0.25, 0.5, 1.0])::decimal(18, 12)}}]
        when 'tiered' then [
            {{'tier': 1, 'employee_min': 0::decimal(18, 12), 'employee_max': 0.03::decimal(18, 12),
                'match_rate': 1::decimal(18, 12)}},
            {{'tier': 2, 'employee_min': 0.03::decimal(18, 12), 'employee_max': 0.05::decimal(18, 12),
                'match_rate': 0.5::decimal(18, 12)}}]
        else []
    end as match_tiers,
    case when match_kind = 'service_graded' then [
        {{'min_years': 0, 'max_years': 5, 'tiers': [{{'tier': 1, 'employee_min': 0::decimal(18, 12), 'employee_max':
            0.04::decimal(18, 12), 'match_rate': 0.5::decimal(18, 12)}}]}},
        {{'min_years': 5, 'max_years': null, 'tiers': [{{'tier': 1, 'employee_min': 0::decimal(18, 12), 'employee_max':
            0.04::decimal(18, 12), 'match_rate': 1::decimal(18, 12)}}]}}]
        else [] end as match_bands,
    core_rate
    from fct_plan_design join numbered using (client_ref);
create or replace table fct_field_status as select client_ref, field,
    case when chance(i, field) < 0.02 then 'unresolved' else 'exact' end as status,
    case when chance(i, field) < 0.02 then ['several_groups'] else []::varchar[] end as reasons,
    status = 'unresolved' as is_blocking_export
    from numbered cross join (select unnest({fields}) as field);
create or replace table int_clients as select client_ref, client_ref as client_id from numbered;
create or replace table stg_design_matrix__plans as select client_ref as client_id,
    picked(i, 'paid', ['Per pay period', 'Annual', null]) as match_contribution_frequency_raw,
    picked(i, 'payroll', ['$12,500,000', '8000000', 'about 9M', null]) as annual_payroll_raw,
    picked(i, 'called', ['50% up to 6%', '50% up to 6%', 'Safe harbor match']) as match_formula_raw,
    null::varchar as nonelective_formula_raw, null::varchar as eligibility_raw, null::varchar as vesting_schedule_raw
    from numbered;
create or replace table fct_core_band as select client_ref, unnest([0.01, 0.02])::decimal(18, 12) as rate
    from fct_plan_design where core_kind = 'service_graded';
create or replace table int_automatic_features__resolved as select client_ref, chance(i, 'column') < 0.95 as has_escalation_column
    from numbered;
drop table numbered;
