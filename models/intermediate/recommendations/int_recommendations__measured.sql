-- Grain: one row per client of the present load, held ones included.
-- Decided here: what the rules ask of a plan: only what the source says (a setting that stands in for a missing column
-- is no finding), what its match and core cost today, whether it is a safe harbour, and where its cohort stands.
with

stated as (
    select
        clients.client_ref,
        -- known spellings only; whatever else is there is not known to be paid with each pay
        regexp_replace(lower(trim(plans.match_contribution_frequency_raw)), '[^a-z]+', ' ', 'g') in (
            'per pay period', 'each pay period', 'every pay period', 'pay period', 'per payroll', 'each payroll',
            'per pay', 'payroll'
        ) as is_match_paid_per_pay,
        -- a plain figure of dollars; "12.5M" or a range is not guessed at
        case
            when regexp_full_match(
                trim(plans.annual_payroll_raw), '\$? ?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]{1,2})?'
            ) then nullif(try_cast(regexp_replace(plans.annual_payroll_raw, '[$, ]', '', 'g') as decimal(16, 2)), 0)
        end as annual_payroll_amount,
        trim(coalesce(plans.annual_payroll_raw, '')) <> '' as has_payroll_text,
        regexp_matches(
            lower(concat_ws(
                ' ', plans.match_formula_raw, plans.nonelective_formula_raw, plans.eligibility_raw,
                plans.vesting_schedule_raw
            )),
            'safe.?harbou?r|\bqaca\b|401 ?\(?k\)? ?\(1[23]\)'
        ) as is_called_safe_harbor,
    from {{ ref('int_clients') }} as clients
    inner join {{ ref('stg_design_matrix__plans') }} as plans on clients.client_id = plans.client_id
),

core_floors as (
    select
        client_ref,
        min(rate) as core_floor_rate,
    from {{ ref('fct_core_band') }}
    group by client_ref
),

cohorts as (
    select
        client_ref,
        any_value(cast(round(p25, 6) as decimal(18, 12))) filter (where feature = 'match_generosity')
            as cohort_match_p25,
        any_value(cast(round(median, 4) as decimal(18, 12))) filter (where feature = 'match_generosity')
            as cohort_match_median,
        any_value(cast(floor(median) as integer)) filter (where feature = 'waiting_period_months')
            as cohort_waiting_months,
    from {{ ref('fct_peer_benchmark') }}
    where unpublished_reason is null
    group by client_ref
),

slower as (
    select
        client_ref,
        cast(ceil(cohort_value) as integer) as cohort_vesting_years,
    from {{ ref('fct_gap') }}
    where feature = 'years_to_full_vesting' and direction = 'above'
),

ready as (
    select
        client_ref,
        not bool_or(is_blocking_export) as is_ready,
    from {{ ref('fct_field_status') }}
    group by client_ref
)

select
    designs.client_ref,
    clients.plan_type,
    clients.industry,
    designs.is_auto_enrollment_on,
    designs.default_deferral_rate,
    features.has_escalation_column and designs.is_auto_escalation_on = false as is_escalation_missing,
    designs.escalation_cap_rate,
    designs.match_kind,
    designs.max_match_percentage,
    designs.is_match_discretionary,
    case when designs.match_kind in ('none', 'simple', 'tiered') then money.match_tiers end as match_tiers,
    designs.is_match_true_up,
    stated.is_match_paid_per_pay,
    stated.annual_payroll_amount,
    stated.has_payroll_text,
    designs.waiting_period_months,
    designs.waiting_period_days,
    case when designs.vesting_status <> 'unresolved' then list_position(designs.vesting_schedule_array, 1) - 1 end
        as vesting_years,
    designs.current_participation,
    designs.average_contribution_rate,
    case
        when coalesce(designs.core_kind, 'none') in ('none', 'defined_benefit') then cast(0 as decimal(18, 12))
        else coalesce(designs.core_rate, core_floors.core_floor_rate)
    end as core_floor_rate,
    stated.is_called_safe_harbor
    or coalesce(
        list_transform(money.match_tiers, lambda tier: [tier.employee_min, tier.employee_max, tier.match_rate])
        in (
            {%- for name in ['basic', 'qaca'] %}
            list_transform(
                {{ safe_harbor_tiers("['" ~ name ~ "']") | indent(16) }},
                lambda tier: [tier.employee_min, tier.employee_max, tier.match_rate]
            ){% if not loop.last %},{% endif %}
            {%- endfor %}
        ), false
    ) as is_safe_harbor,
    cohorts.cohort_match_p25,
    cohorts.cohort_match_median,
    cohorts.cohort_waiting_months,
    slower.cohort_vesting_years,
    ready.is_ready
    and list_filter(designs.navigator_gap_codes, lambda code: starts_with(code, 'cost:')) = [] as is_ready,
from {{ ref('fct_plan_design') }} as designs
inner join {{ ref('dim_client') }} as clients on designs.client_ref = clients.client_ref
inner join {{ ref('int_employer_money__resolved') }} as money on designs.client_ref = money.client_ref
inner join {{ ref('int_automatic_features__resolved') }} as features on designs.client_ref = features.client_ref
inner join stated on designs.client_ref = stated.client_ref
inner join ready on designs.client_ref = ready.client_ref
left join core_floors on designs.client_ref = core_floors.client_ref
left join cohorts on designs.client_ref = cohorts.client_ref
left join slower on designs.client_ref = slower.client_ref
