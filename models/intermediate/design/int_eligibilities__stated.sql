-- Grain: one row per client.
-- Decided here: what is stated about whom. A money type's own statements (its criteria column, its part of the
-- eligibility text, conditions in its formula, its last-day column) add up; where two of them give one field two
-- values, they contradict each other.
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
        plans.eligibility_text,
        plans.match_eligibility_criteria_text,
        plans.nonelective_eligibility_criteria_text,
        list_contains(columns_read.columns_present, 'eligibility') as has_eligibility_column,
        {{ last_day_struct('scalars.match_last_day_work_rule') }} as match_last_day,
        {{ last_day_struct('scalars.nonelective_last_day_work_rule') }} as core_last_day,
        {{ condition_struct('money.match_conditions') }} as match_formula,
        {{ condition_struct('money.core_conditions') }} as core_formula,
    from {{ ref('int_clients') }} as clients
    inner join {{ ref('int_plan_texts__chosen') }} as plans on clients.client_id = plans.client_id
    inner join {{ ref('int_scalars__by_client') }} as scalars on clients.client_ref = scalars.client_ref
    inner join {{ ref('int_employer_money__resolved') }} as money on clients.client_ref = money.client_ref
    left join {{ ref('stg_design_matrix__columns') }} as columns_read
        on
            clients.file is not distinct from columns_read.file
            and clients.sheet is not distinct from columns_read.sheet
),

stated as (
    select
        plans.client_ref,
        plans.has_eligibility_column,
        plan_texts.status as plan_status,
        plan_texts.reasons as plan_reasons,
        plan_texts.leftover_tokens as plan_leftover_tokens,
        plan_texts.general,
        plan_texts.deferral,
        match_texts.status as match_status,
        match_texts.reasons as match_reasons,
        core_texts.status as core_status,
        core_texts.reasons as core_reasons,
        [plan_texts.match, match_texts.general, match_texts.match, plans.match_formula, plans.match_last_day] as match_statements,
        [plan_texts.core, core_texts.general, core_texts.core, plans.core_formula, plans.core_last_day] as core_statements,
    from plans
    left join texts as plan_texts on plans.eligibility_text = plan_texts.raw
    left join texts as match_texts on plans.match_eligibility_criteria_text = match_texts.raw
    left join texts as core_texts on plans.nonelective_eligibility_criteria_text = core_texts.raw
)

select
    * exclude (match_statements, core_statements),
    {{ statements_merged('match_statements') }} as match_eligibility,
    {{ statements_disagree('match_statements') }} as is_match_contradicted,
    {{ statements_merged('core_statements') }} as core_eligibility,
    {{ statements_disagree('core_statements') }} as is_core_contradicted,
from stated
