-- Grain: one row per client.
-- Decided here: who is eligible for what. What is said of deferrals counts before what is said of everybody; a match is
-- not paid on no deferrals, so an immediate match means immediate deferrals. A source without the column is decided by
-- a setting.
with

planwide as (
    select
        *,
        case
            when not {{ is_eligibility_silent('deferral') }} then {{ eligibility_merged('deferral', 'general') }}
            when not {{ is_eligibility_silent('general') }} then general
            when match_eligibility.waiting_period_months = 0 and plan_status = 'exact' then match_eligibility
        end as stated_eligibility,
    from {{ ref('int_eligibilities__stated') }}
),

settings as (
    select value = 'immediate' as is_immediate_when_not_in_source,
    from {{ ref('scenario_settings') }}
    where setting = 'eligibility_when_not_in_source'
)

select
    planwide.client_ref,
    case
        -- a text that speaks of the employer's money only leaves open when deferrals begin
        when planwide.has_eligibility_column and planwide.stated_eligibility is null then 'unresolved'
        when planwide.has_eligibility_column then planwide.plan_status
        when settings.is_immediate_when_not_in_source then 'derived'
        else 'unresolved'
    end as eligibility_status,
    case
        when not planwide.has_eligibility_column then ['eligibility_not_in_source']
        when planwide.plan_status = 'exact' and planwide.stated_eligibility is null then ['deferral_not_stated']
        else coalesce(planwide.plan_reasons, ['unknown'])
    end as eligibility_reasons,
    planwide.plan_leftover_tokens as eligibility_leftover_tokens,
    {% for money in ['match', 'core'] -%}
    case
        when planwide.is_{{ money }}_contradicted then 'unresolved'
        else coalesce(planwide.{{ money }}_status, 'unresolved')
    end as {{ money }}_criteria_status,
    case
        when planwide.is_{{ money }}_contradicted then ['columns_disagree']
        else coalesce(planwide.{{ money }}_reasons, ['unknown'])
    end as {{ money }}_criteria_reasons,
    {% endfor -%}
    case
        when planwide.has_eligibility_column then planwide.stated_eligibility
        when settings.is_immediate_when_not_in_source then {{ immediate_eligibility() }}
    end as plan_eligibility,
    planwide.match_eligibility,
    planwide.core_eligibility,
from planwide
cross join settings
