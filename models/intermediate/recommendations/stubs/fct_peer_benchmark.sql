with f as (
    select client_ref, 'match_generosity' as feature, max_match_percentage as v from {{ ref('fct_plan_design') }}
    union all select client_ref, 'years_to_full_vesting', cast(list_position(vesting_schedule_array, 1) - 1 as decimal(18, 12)) from {{ ref('fct_plan_design') }}
    union all select client_ref, 'waiting_period_months', cast(waiting_period_months as decimal(18, 12)) from {{ ref('fct_plan_design') }}
),
s as (select feature, quantile_cont(v, 0.25) as p25, median(v) as median, count(v) as n from f group by feature)
select f.client_ref, f.feature, 'all' as peer_group_key, 4 as widening_step, cast(s.n as integer) as n, 100 as organisations,
    f.v as client_value, s.p25, s.median, cast(50 as double) as percentile, cast(null as double) as adoption_share,
    cast(0.3 as double) as effect_h, cast(1.2e-9 as double) as corrected_p, true as is_significant, 'stub' as note, cast(null as varchar) as unpublished_reason
from f join s using (feature)
