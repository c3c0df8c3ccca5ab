-- Grain: one row per client and rule whose condition the plan meets.
-- Decided here: the conditions, and the provision that each rule puts in the plan's place. A condition that can't be
-- told (an unresolved field, no cohort) is not met. A match is raised at its own rate as far as the highest threshold
-- allows, else at the target's; new tiers stay empty where neither reaches the median.
with

met as (
    select
        rules.*,
        plans.*,
        plans.match_tiers[-1] as last_tier,
    from {{ ref('int_recommendations__measured') }} as plans
    cross join {{ ref('dim_recommendation_rule') }} as rules
    where
        case rules.rule
            when 'auto_enrollment_missing' then plans.is_auto_enrollment_on = false
            when 'default_rate_low' then plans.is_auto_enrollment_on and plans.default_deferral_rate < rules.threshold
            -- nobody can be raised who is at the highest cap already
            when 'escalation_missing'
                then
                    plans.is_escalation_missing
                    and coalesce(
                        greatest(plans.default_deferral_rate, plans.average_contribution_rate) < rules.target, true
                    )
            when 'match_below_peers'
                then
                    plans.match_kind in ('none', 'simple', 'tiered', 'service_graded')
                    and plans.max_match_percentage < plans.cohort_match_p25
            when 'match_dollar_for_dollar_low'
                then
                    plans.match_kind = 'simple' and plans.match_tiers[1].match_rate = 1
                    and plans.max_match_percentage < rules.threshold
            when 'true_up_missing'
                then
                    plans.match_kind in ('simple', 'tiered', 'service_graded')
                    and plans.is_match_true_up = false and plans.is_match_paid_per_pay
            when 'vesting_slower' then plans.vesting_years > plans.cohort_vesting_years
            when 'eligibility_long'
                -- six months are 184 days at most
                then plans.waiting_period_months > rules.threshold or plans.waiting_period_days > 184
            else false
        end
),

changed as (
    select
        *,
        rule = 'auto_enrollment_missing' as is_enrolling,
        rule = 'escalation_missing'
        or (rule = 'auto_enrollment_missing' and is_escalation_missing) as is_escalating,
        case when rule in ('auto_enrollment_missing', 'default_rate_low') then target end as new_default_rate,
        case
            when
                rule = 'escalation_missing'
                and greatest(default_deferral_rate, average_contribution_rate) >= escalation_cap then target
            else escalation_cap
        end as new_escalation_cap,
        case
            when rule <> 'match_below_peers' or last_tier.match_rate is null or last_tier.match_rate = 0 then null
            else last_tier.employee_max + (cohort_match_median - max_match_percentage) / last_tier.match_rate
        end as extended_threshold,
        case when rule = 'eligibility_long' then cast(least(target, cohort_waiting_months) as integer) end
            as new_waiting_months,
        case rule
            when 'vesting_slower'
                then vesting_years - cast(least(target, vesting_years - cohort_vesting_years) as integer)
        end as new_vesting_years,
    from met
),

-- one match in the place of all: 50 % of so much that the most is what the rule asks for, and nobody gets less
replaced as (
    select
        *,
        coalesce(
            rule = 'match_dollar_for_dollar_low'
            or (
                rule = 'match_below_peers'
                and (
                    match_kind = 'none'
                    or (
                        match_kind = 'simple' and extended_threshold > threshold and last_tier.match_rate < target
                        and cohort_match_median / target >= last_tier.employee_max
                    )
                )
            ), false
        ) as is_replacing_match,
    from changed
),

-- tenths of a percent: a threshold that a plan document can state; a stretched match keeps its most exactly
stated as (
    select
        *,
        cast(case
            when rule = 'match_dollar_for_dollar_low' then max_match_percentage / target
            when is_replacing_match then round(cohort_match_median / target, 3)
            else round(extended_threshold, 3)
        end as decimal(18, 12)) as new_threshold,
    from replaced
)

select
    client_ref,
    rule,
    rule_order,
    is_enrolling,
    is_escalating,
    cast(new_default_rate as decimal(18, 12)) as new_default_rate,
    case when is_escalating then cast(escalation_rate as decimal(18, 12)) end as new_escalation_rate,
    case when is_escalating then cast(new_escalation_cap as decimal(18, 12)) end as new_escalation_cap,
    case
        when is_replacing_match
            then case when rule = 'match_dollar_for_dollar_low' or new_threshold <= threshold then [{
                'tier': cast(1 as bigint),
                'employee_min': cast(0 as decimal(18, 12)),
                'employee_max': new_threshold,
                'match_rate': cast(target as decimal(18, 12))
            }] end
        when rule = 'match_below_peers' and new_threshold <= threshold and new_threshold > last_tier.employee_max
            then list_append(match_tiers[:-2], struct_update(last_tier, employee_max := new_threshold))
    end as new_match_tiers,
    new_threshold,
    new_waiting_months,
    new_vesting_years,
    recommendation || case rule
        when 'auto_enrollment_missing' then {{ key_figure('target') }}
        when 'default_rate_low' then {{ key_figure('target') }}
        when 'escalation_missing'
            then {{ key_figure('escalation_rate') }} || '_to' || {{ key_figure('new_escalation_cap') }}
        when 'eligibility_long'
            then '_' || new_waiting_months || case new_waiting_months when 1 then '_month' else '_months' end
        else ''
    end as recommendation,
    case rule
        when 'auto_enrollment_missing' then 'Employees are not enrolled automatically.'
        when 'default_rate_low'
            then 'Employees are enrolled automatically at ' || {{ percent_text('default_deferral_rate') }} || ' of pay.'
        when 'escalation_missing' then 'Deferrals do not rise by themselves.'
        when 'match_below_peers'
            then
                case
                    when match_kind = 'none' then 'The employer does not match'
                    else 'The employer matches at most ' || {{ percent_text('max_match_percentage') }} || ' of pay'
                end
                || '; a quarter of the cohort matches less than ' || {{ percent_text('cohort_match_p25') }}
                || ', half of it at most ' || {{ percent_text('cohort_match_median') }} || '.'
        when 'match_dollar_for_dollar_low'
            then
                'The employer matches dollar for dollar, on ' || {{ percent_text('max_match_percentage') }}
                || ' of pay only.'
        when 'true_up_missing' then 'The match is paid with each pay and not settled again at the end of the year.'
        when 'vesting_slower'
            then
                'Full vesting takes ' || vesting_years || ' years; half of the cohort vests within '
                || cohort_vesting_years || '.'
        when 'eligibility_long'
            then
                'Employees wait ' || coalesce(waiting_period_months || ' months', waiting_period_days || ' days')
                || ' before they may defer.'
    end as gap,
    case rule
        when 'auto_enrollment_missing'
            then
                'Enrol all eligible employees at ' || {{ percent_text('target') }} || ' of pay'
                || case
                    when is_escalating
                        then
                            ' and raise by ' || {{ percent_text('escalation_rate') }} || ' a year to '
                            || {{ percent_text('new_escalation_cap') }}
                    else ''
                end || ', from now on.'
        when 'default_rate_low' then 'Enrol at ' || {{ percent_text('target') }} || ' of pay.'
        when 'escalation_missing'
            then
                'Raise deferrals by ' || {{ percent_text('escalation_rate') }} || ' a year to '
                || {{ percent_text('new_escalation_cap') }} || '.'
        when 'match_below_peers'
            -- bands by service, or a last tier without money, have no one threshold that could be raised
            then
                case
                    when new_threshold is null or new_threshold > threshold
                        then
                            'Raise the most that is matched to ' || {{ percent_text('cohort_match_median') }}
                            || ' of pay.'
                    else
                        'Match '
                        || {{ percent_text("case when is_replacing_match then target else last_tier.match_rate end") }}
                        || ' up to ' || {{ percent_text('new_threshold') }} || ' of pay'
                        || case when match_kind = 'tiered' then ', behind the lower tiers as they are.' else '.' end
                end
        when 'match_dollar_for_dollar_low'
            then
                'Match ' || {{ percent_text('target') }} || ' up to ' || {{ percent_text('new_threshold') }}
                || ' of pay: the same most.'
        when 'true_up_missing' then 'Settle the match over the whole year.'
        when 'vesting_slower'
            then
                'Vest in full after ' || new_vesting_years
                || case new_vesting_years when 1 then ' year.' else ' years.' end
        when 'eligibility_long'
            then
                'Let employees defer '
                || case new_waiting_months
                    when 0 then 'at once'
                    when 1 then 'after 1 month'
                    else 'after ' || new_waiting_months || ' months'
                end || '; the employer''s money keeps its own waiting period.'
    end as change,
from stated
