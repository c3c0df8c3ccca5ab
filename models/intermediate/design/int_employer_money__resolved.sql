-- Grain: one row per client.
-- Decided here: what the employer pays. Nonelective money stands in its own column or inside the match formula; where
-- it stands in both and differs, the columns disagree. A blank match beside nonelective money or a pension is none,
-- derived.
with

plans as (
    select
        clients.client_ref,
        plans.match_formula_text,
        plans.nonelective_formula_text,
    from {{ ref('int_clients') }} as clients
    inner join {{ ref('int_plan_texts__chosen') }} as plans on clients.client_id = plans.client_id
),

joined as (
    select
        plans.client_ref,
        matches,
        own,
        embedded,
        own.kind is not null and embedded.text is not null
        and (
            own.kind is distinct from embedded.kind
            or own.rate is distinct from embedded.rate
            or own.bands is distinct from embedded.bands
        ) as is_core_stated_differently,
        coalesce(own.kind, embedded.kind) as core_kind,
    from plans
    left join {{ ref('int_match_formulas__parsed') }} as matches on plans.match_formula_text = matches.raw
    left join {{ ref('int_nonelective_formulas__parsed') }} as own on plans.nonelective_formula_text = own.text
    left join {{ ref('int_nonelective_formulas__parsed') }} as embedded on matches.core_terms = embedded.text
),

chosen as (
    select
        *,
        case when own.kind is not null then own else embedded end as core,
        coalesce(matches.reasons, ['unknown']) = ['unknown'] and core_kind <> 'none' as is_match_blank_beside_core,
    from joined
)

select
    client_ref,
    case when is_match_blank_beside_core then 'none' else matches.kind end as match_kind,
    case when is_match_blank_beside_core then 'derived' else coalesce(matches.status, 'unresolved') end as match_status,
    case
        when is_match_blank_beside_core then ['nonelective_only_plan']
        else coalesce(matches.reasons, ['unknown'])
    end as match_reasons,
    coalesce(matches.tiers, []) as match_tiers,
    coalesce(matches.bands, []) as match_bands,
    cast(case when is_match_blank_beside_core then 0 else matches.max_match_percentage end as decimal(18, 12))
        as max_match_percentage,
    cast(case when is_match_blank_beside_core then 0 else matches.max_matched_deferral end as decimal(18, 12))
        as max_matched_deferral,
    matches.annual_dollar_cap,
    coalesce(matches.is_discretionary, false) as is_match_discretionary,
    matches.formula_text as match_formula_text,
    matches.leftover_tokens as match_leftover_tokens,
    matches.conditions as match_conditions,
    case when is_core_stated_differently then 'unresolved' else core.kind end as core_kind,
    case when is_core_stated_differently then 'unresolved' else coalesce(core.status, 'unresolved') end as core_status,
    case
        when is_core_stated_differently then ['columns_disagree']
        else coalesce(core.reasons, ['unknown'])
    end as core_reasons,
    case when not is_core_stated_differently then core.rate end as core_rate,
    case when is_core_stated_differently then [] else coalesce(core.bands, []) end as core_bands,
    core.low_rate as core_low_rate,
    core.high_rate as core_high_rate,
    core.formula_text as core_formula_text,
    core.leftover_tokens as core_leftover_tokens,
    core.conditions as core_conditions,
    is_core_stated_differently,
    embedded.text as embedded_core_text,
from chosen
