-- Grain: one row per client of the present load, held ones included.
-- Decided here: what the index is computed from, each figure with the reason why it is unknown. The figures are those
-- of the peer comparison (int_features__measured): a plan has one total savings rate. Nothing is imputed.
with

settings as (
    select
        {{ fhi_settings([
            'savings_target', 'default_rate_full', 'escalation_cap_full', 'waiting_months_none', 'full_vesting_years',
            'known_share_min', 'coping_from', 'healthy_from'
        ]) }},
    from {{ ref('fhi_settings') }}
),

features as (
    select
        client_ref,
        {% for feature in [
            'participation_rate', 'average_deferral_rate', 'match_generosity', 'nonelective_rate', 'total_savings_rate',
            'auto_enrollment', 'default_deferral_rate', 'auto_escalation', 'escalation_cap', 'waiting_period_months',
            'mean_vesting_0_to_6'
        ] -%}
        any_value(value) filter (where feature = '{{ feature }}') as {{ feature }},
        any_value(unknown_reason) filter (where feature = '{{ feature }}') as {{ feature }}_reason,
        {% endfor %}
    from {{ ref('int_features__measured') }}
    group by client_ref
),

joined as (
    select
        features.*,
        designs.max_matched_deferral,
        designs.annual_dollar_cap,
        designs.last_updated_on,
        clients.employee_count,
        money.match_kind,
        money.match_tiers,
        money.match_bands,
        case when features.waiting_period_months is not null then designs.waiting_period_days end
            as waiting_period_days,
        case when features.mean_vesting_0_to_6 is not null then designs.vesting_schedule_array end
            as vesting_schedule_array,
        case
            when features.average_deferral_rate is not null and features.match_generosity is not null
                then derived.match_at_average_deferral
        end as match_at_average_deferral,
        coalesce(
            features.average_deferral_rate_reason, derived.match_problem, derived.match_reason,
            features.match_generosity_reason, 'match_not_known'
        ) as unmatched_reason,
        coalesce(dates.reasons[1], 'unknown') as last_updated_reason,
    from features
    inner join {{ ref('fct_plan_design') }} as designs on features.client_ref = designs.client_ref
    inner join {{ ref('dim_client') }} as clients on features.client_ref = clients.client_ref
    inner join {{ ref('int_employer_money__resolved') }} as money on features.client_ref = money.client_ref
    inner join {{ ref('int_features__derived') }} as derived on features.client_ref = derived.client_ref
    left join {{ ref('fct_field_status') }} as dates
        on features.client_ref = dates.client_ref and dates.field = 'last_updated'
)

select
    joined.* replace (
        case
            when joined.match_at_average_deferral is not null and joined.nonelective_rate is not null
                then joined.total_savings_rate
        end as total_savings_rate,
        case
            when joined.match_at_average_deferral is null then joined.unmatched_reason
            else coalesce(joined.nonelective_rate_reason, joined.total_savings_rate_reason)
        end as total_savings_rate_reason,
        case when joined.last_updated_on is null then joined.last_updated_reason end as last_updated_reason
    ),
    case when joined.match_at_average_deferral is null then joined.unmatched_reason end
        as match_at_average_deferral_reason,
    settings.*,
from joined
cross join settings
