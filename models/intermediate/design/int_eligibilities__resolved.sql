-- Grain: one row per client.
-- Decided here: who is eligible for what. A money type's own statements (its criteria column, its part of the eligibility
-- text, conditions in its formula, its last-day column) must agree with each other and add up; where it says nothing, the
-- plan's own eligibility holds. A match is not paid on no deferrals: an immediate match means immediate deferrals.
with

texts as (
    select
        raw,
        status,
        reasons,
        leftover_tokens,
        deferral,
        match,
        core,
        {
            {%- for field, type in eligibility_fields() %}
            '{{ field }}': cast({{ field }} as {{ type }}){% if not loop.last %},{% endif %}
            {%- endfor %}
        } as general,
    from {{ ref('int_eligibilities__parsed') }}
),

plans as (
    select
        clients.client_ref,
        plans.eligibility_raw,
        plans.match_eligibility_criteria_raw,
        plans.nonelective_eligibility_criteria_raw,
        list_contains(columns_read.columns_present, 'eligibility') as has_eligibility_column,
        scalars.match_last_day_work_rule,
        scalars.nonelective_last_day_work_rule,
        money.match_conditions,
        money.core_conditions,
    from {{ ref('int_clients') }} as clients
    inner join {{ ref('stg_design_matrix__plans') }} as plans on clients.client_id = plans.client_id
    inner join {{ ref('int_scalars__by_client') }} as scalars on clients.client_ref = scalars.client_ref
    inner join {{ ref('int_employer_money__resolved') }} as money on clients.client_ref = money.client_ref
    left join {{ ref('stg_design_matrix__columns') }} as columns_read
        on
            clients.file is not distinct from columns_read.file
            and clients.sheet is not distinct from columns_read.sheet
),

stated as (
    select
        plans.*,
        plan_texts.status as plan_status,
        plan_texts.reasons as plan_reasons,
        plan_texts.leftover_tokens as plan_leftover_tokens,
        plan_texts.general,
        plan_texts.deferral,
        match_texts.status as match_status,
        match_texts.reasons as match_reasons,
        core_texts.status as core_status,
        core_texts.reasons as core_reasons,
        [
            plan_texts.match, match_texts.general, match_texts.match,
            {{ condition_struct('plans.match_conditions') }}, {{ last_day_struct('plans.match_last_day_work_rule') }}
        ] as match_statements,
        [
            plan_texts.core, core_texts.general, core_texts.core,
            {{ condition_struct('plans.core_conditions') }}, {{ last_day_struct('plans.nonelective_last_day_work_rule') }}
        ] as core_statements,
    from plans
    left join texts as plan_texts on plans.eligibility_raw = plan_texts.raw
    left join texts as match_texts on plans.match_eligibility_criteria_raw = match_texts.raw
    left join texts as core_texts on plans.nonelective_eligibility_criteria_raw = core_texts.raw
),

merged as (
    select
        *,
        {{ statements_merged('match_statements') }} as own_match,
        {{ statements_disagree('match_statements') }} as is_match_contradicted,
        {{ statements_merged('core_statements') }} as own_core,
        {{ statements_disagree('core_statements') }} as is_core_contradicted,
    from stated
),

planwide as (
    select
        *,
        case
            when not {{ is_eligibility_silent('deferral') }} then {{ eligibility_merged('deferral', 'general') }}
            when not {{ is_eligibility_silent('general') }} then general
            when own_match.waiting_period_months = 0 and plan_status = 'exact' then own_match
        end as plan_eligibility,
    from merged
)

select
    client_ref,
    case
        when has_eligibility_column then coalesce(plan_status, 'unresolved')
        when settings.value = 'immediate' then 'derived'
        else 'unresolved'
    end as eligibility_status,
    case
        when not has_eligibility_column then ['eligibility_not_in_source']
        when plan_status = 'exact' and plan_eligibility is null then ['deferral_not_stated']
        else coalesce(plan_reasons, ['unknown'])
    end as eligibility_reasons,
    plan_leftover_tokens as eligibility_leftover_tokens,
    match_status as match_criteria_status,
    coalesce(match_reasons, ['unknown']) as match_criteria_reasons,
    core_status as core_criteria_status,
    coalesce(core_reasons, ['unknown']) as core_criteria_reasons,
    is_match_contradicted,
    is_core_contradicted,
    case
        when has_eligibility_column then plan_eligibility
        when settings.value = 'immediate' then {{ immediate_eligibility() }}
    end as plan_eligibility,
    own_match as match_eligibility,
    own_core as core_eligibility,
from planwide
cross join (select value from {{ ref('scenario_settings') }} where setting = 'eligibility_when_not_in_source') as settings
