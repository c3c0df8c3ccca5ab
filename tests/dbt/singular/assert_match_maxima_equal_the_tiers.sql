-- Without it the match's ceiling, which Navigator applies as a cap, could cut tiers off or promise money that no tier
-- pays. The maxima are computed here from the published tiers; of a match graded by service they are the largest over
-- its bands. A last tier that is said to pay nothing may count or not.
with

bands as (
    select
        client_ref,
        band_number,
        sum((employee_max - employee_min) * match_rate) as match_percentage,
        max(employee_max) filter (where match_rate > 0) as matched_deferral,
        max(employee_max) as last_deferral,
    from {{ ref('fct_match_tier') }}
    group by client_ref, band_number
),

computed as (
    select
        client_ref,
        max(match_percentage) as max_match_percentage,
        max(matched_deferral) as max_matched_deferral,
        max(last_deferral) as max_last_deferral,
    from bands
    group by client_ref
)

select
    designs.client_ref,
    designs.match_kind,
    designs.max_match_percentage,
    computed.max_match_percentage as computed_percentage,
    designs.max_matched_deferral,
    computed.max_matched_deferral as computed_deferral,
from {{ ref('fct_plan_design') }} as designs
left join computed on designs.client_ref = computed.client_ref
where
    coalesce(
        case
            when designs.match_kind in ('simple', 'tiered', 'service_graded')
                then
                    coalesce(abs(designs.max_match_percentage - computed.max_match_percentage) > 0.000000001, true)
                    or coalesce(designs.max_matched_deferral not in (
                        computed.max_matched_deferral, computed.max_last_deferral
                    ), true)
            when computed.client_ref is not null then true
            when designs.match_kind = 'none'
                then designs.max_match_percentage is distinct from 0 or designs.max_matched_deferral is distinct from 0
        end,
        designs.max_match_percentage is not null or designs.max_matched_deferral is not null
    )
