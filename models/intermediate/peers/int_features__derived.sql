-- Grain: one row per client.
-- Decided here: what is computed from several figures of a plan: the match at a given deferral, evaluated on the tiers;
-- the nonelective rate where every employee has the same. A match or contribution that depends on service or age has a
-- value only where all its bands agree; dollar caps, which bite at high pay only, are left aside.
with

money as (
    select
        client_ref,
        match_kind,
        case
            when match_kind in ('simple', 'tiered')
                then [{
                    'min_years': cast(null as integer), 'max_years': cast(null as integer), 'tiers': match_tiers
                }]
            when match_kind = 'service_graded' and match_bands[1].min_years = 0 and match_bands[-1].max_years is null
                then match_bands
        end as bands,
        core_kind,
        case
            when core_kind = 'none' then 0
            when core_kind in ('flat', 'discretionary') then core_rate
        end as core_rate,
    from {{ ref('int_employer_money__resolved') }}
),

matched as (
    select
        money.*,
        designs.average_contribution_rate,
        -- P07: a tier that no plan pays says that the formula was misread; P06: so does a stated maximum that differs
        list_max(flatten(list_transform(
            money.bands, lambda band: list_transform(band.tiers, lambda tier: tier.match_rate)
        ))) > {{ var('gate_match_tier_rate_max') }} as is_match_implausible,
        designs.match_effective_rate is not null
        and coalesce(
            abs(designs.match_effective_rate - designs.max_match_percentage) > {{ var('gate_match_rate_tolerance') }},
            true
        ) as is_match_contradicted,
        case
            when money.match_kind = 'none' then 0
            else {{ match_of_all_bands('money.bands', 'cast(0.06 as decimal(18, 12))') }}
        end as match_at_6_percent,
        case
            when money.match_kind = 'none' and designs.average_contribution_rate is not null then 0
            else {{ match_of_all_bands('money.bands', 'designs.average_contribution_rate') }}
        end as match_at_average_deferral,
    from money
    inner join {{ ref('fct_plan_design') }} as designs on money.client_ref = designs.client_ref
)

select
    client_ref,
    case
        when is_match_implausible then 'out_of_range'
        when is_match_contradicted then 'contradicted'
    end as match_problem,
    case
        when match_kind = 'service_graded' then 'depends_on_service'
        when match_kind = 'discretionary' then 'discretionary'
    end as match_reason,
    cast(match_at_6_percent as decimal(18, 12)) as match_at_6_percent,
    case
        when average_contribution_rate is not null then cast(match_at_average_deferral as decimal(18, 12))
    end as match_at_average_deferral,
    cast(core_rate as decimal(18, 12)) as nonelective_rate,
    case core_kind
        when 'service_graded' then 'depends_on_service'
        when 'age_banded' then 'depends_on_age'
        when 'defined_benefit' then 'pension'
        when 'discretionary' then 'discretionary'
    end as core_reason,
from matched
