-- Grain: one row per client whose design is settled for the engine and scenario: the baseline, and each recommendation
-- with its change in the plan's place.
-- Decided here: the plan in the engine's terms. Nothing is left to the base configuration that a scenario is merged
-- over: what the plan does not have is switched off in so many words, every list is written, empty if need be.
select
    *,
    match_kind not in ('none', 'discretionary') as is_match_on,
    'dmx_' || stem as slug,
    case when match_kind = 'service_graded' then 'tenure_graded' else 'deferral_based' end as match_mode,
    case
        when match_kind in ('simple', 'tiered') then {{ exact_tiers('match_tiers') }}
        when match_kind = 'service_graded' then cast('[]' as json)
        -- an empty list brings back the engine's own default match
        else cast('[{"employee_min": 0, "employee_max": 0, "match_rate": 0}]' as json)
    end as engine_tiers,
    case when match_kind = 'service_graded' then {{ exact_bands('match_bands') }} else cast('[]' as json) end
        as engine_bands,
    list_max(list_transform(
        flatten(list_transform(match_bands, lambda band: band.tiers)), lambda tier: tier.match_rate
    )) > 2 as is_band_rate_above_typed_limit,
    case
        when match_kind in ('simple', 'tiered') then match_tiers
        when match_kind = 'service_graded'
            then list_filter(match_bands, lambda band: band.tiers[-1].employee_max = max_matched_deferral)[1].tiers
        else {{ tiers_literal([['0', '0', '0']]) }}
    end as label_tiers,
    case core_kind
        when 'flat' then 'flat'
        when 'discretionary' then 'flat'
        when 'service_graded' then 'graded_by_service'
        when 'age_banded' then 'age_banded'
        else 'none'
    end as core_mode,
    case when is_core_on then coalesce(core_rate, core_bands[1].rate) else 0 end as core_first_rate,
    case when core_kind = 'service_graded' then to_json(list_transform(core_bands, lambda band: {
        'service_years_min': band.min, 'service_years_max': band.max, 'contribution_rate': {{ exact('band.rate') }}
    })) else cast('[]' as json) end as core_service_schedule,
    case when core_kind = 'age_banded' then to_json(list_transform(core_bands, lambda band: {
        'min_age': band.min, 'max_age': band.max, 'contribution_rate': {{ exact('band.rate') }}
    })) else cast('[]' as json) end as core_age_schedule,
    {{ money_eligibility('match_eligibility', 'plan_eligibility') }} as match_rule,
    {{ money_eligibility('core_eligibility', 'plan_eligibility') }} as core_rule,
    -- the engine counts months of 30 days; the nearest, ties down
    case
        when plan_eligibility['waiting_period_months'] is not null then plan_eligibility['waiting_period_months']
        else coalesce((plan_eligibility['waiting_period_days'] + 14) // 30, 0)
    end as waiting_months,
    case
        when plan_eligibility['waiting_period_months'] is not null then 30 * plan_eligibility['waiting_period_months']
        else coalesce(plan_eligibility['waiting_period_days'], 0)
    end as waiting_days,
from {{ ref('int_navigator__designs') }}
