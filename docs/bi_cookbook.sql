-- Questions that a BI user asks of the published marts, each with its answer. Run them all, or one of them:
--   duckdb -readonly var/published/current.duckdb < docs/bi_cookbook.sql
-- or over a Parquet release (out/bi/current), from its folder:
--   duckdb -init views.sql < .../docs/bi_cookbook.sql
-- Rates are fractions of 1 in the marts; a column called `percent` is times 100. What is unknown is null, and is left out of
-- a share; `known` says of how many clients the share is. docs/bi.md has the star and its keys.

-- 1. How many plans have automatic enrolment and escalation, by industry and size?
-- Grain: one row per industry and size band.
select
    industry,
    size_band_label,
    count(*) as clients,
    count(is_auto_enrollment_on) as known,
    count(*) filter (where is_auto_enrollment_on) as auto_enrollment,
    round(100 * count(*) filter (where is_auto_enrollment_on) / nullif(count(is_auto_enrollment_on), 0), 1) as percent,
    count(*) filter (where is_auto_escalation_on) as auto_escalation,
from wide_client
group by industry, size_band, size_band_label
order by industry nulls last, size_band nulls last;

-- 2. What do employers match at most?
-- Grain: one row per band of the most that is matched, as a share of pay; the first has no match, the last is not settled.
select
    case
        when max_match_percentage is null then 'not settled'
        when max_match_percentage = 0 then 'no match'
        when max_match_percentage < 0.02 then 'under 2 %'
        when max_match_percentage < 0.04 then '2 % to under 4 %'
        when max_match_percentage < 0.06 then '4 % to under 6 %'
        else '6 % and more'
    end as max_match,
    count(*) as clients,
    round(100 * count(*) / sum(count(*)) over (), 1) as percent,
    min(max_match_percentage) as lowest,
    max(max_match_percentage) as highest,
from fct_plan_design
group by max_match
order by lowest nulls last;

-- 3. Where do plans fall behind their peers, by region?
-- Grain: one row per region and feature in which a client differs from its peers to its employees' disadvantage.
select
    segments.region,
    features.label as feature,
    count(*) as clients,
    round(median(abs(gaps.gap_points)), 1) as median_gap_points,
from fct_gap as gaps
inner join dim_client_segment as segments using (client_ref)
inner join dim_feature as features using (feature)
where (features.more_is = 'better' and gaps.direction in ('below', 'absent'))
    or (features.more_is = 'worse' and gaps.direction in ('above', 'present'))
group by segments.region, features.label
order by segments.region nulls last, clients desc, feature;

-- 4. Which recommendations are worth most, and what would they cost?
-- Grain: one row per rule of recommendation. The lift is in points of what `measure` names, the cost in points of pay.
select
    rules.rule,
    count(*) as clients,
    count(*) filter (where found.is_exported) as with_scenario,
    count(*) filter (where found.priority in ('P1', 'P2')) as urgent,
    rules.effect_measure as measure,
    round(100 * sum(found.expected_low) / count(found.expected_low), 2) as mean_lift_low,
    round(100 * sum(found.expected_high) / count(found.expected_high), 2) as mean_lift_high,
    round(100 * sum(found.cost_rate_high) / count(found.cost_rate_high), 2) as mean_cost_high,
    count(found.cost_rate_high) as cost_known,
from fct_recommendation as found
inner join dim_recommendation_rule as rules using (rule)
group by rules.rule, rules.effect_measure, rules.rule_order
order by urgent desc, mean_lift_high desc nulls last, rules.rule_order;

-- 5. Which clients wait, and for what?
-- Grain: one row per reason; a client with two reasons is in two rows.
select
    rule,
    field,
    code,
    count(distinct client_ref) as clients,
    min(message) as for_example,
from fct_client_status
where status not in ('exported', 'exportable')
group by rule, field, code
order by clients desc, rule, field, code;

-- 6. How old is what we know?
-- Grain: one row per source of the data; months are full months up to the day of the run that published.
select
    clients.data_source,
    count(*) as clients,
    count(clients.last_updated_on) as dated,
    min(clients.last_updated_on) as oldest,
    max(clients.last_updated_on) as newest,
    count(*) filter (where datesub('month', clients.last_updated_on, published.published_on) >= 12) as over_a_year,
    count(*) filter (where datesub('month', clients.last_updated_on, published.published_on) >= 24) as over_two_years,
from dim_client as clients
cross join (
    select cast(max(checked_at) as date) as published_on from fct_quality_result where is_latest
) as published
group by clients.data_source
order by over_two_years desc, over_a_year desc, clients.data_source nulls last;

-- 7. How did quality develop?
-- Grain: one row per run and severity; a run that was blocked is there, too.
select
    days.iso_year,
    days.iso_week,
    results.run_id,
    results.severity,
    count(*) as checks,
    count(*) filter (where not results.is_passed) as failed,
    sum(results.rows_failing) as rows_failing,
    bool_or(results.severity = 'block' and not results.is_passed) as is_blocked,
from fct_quality_result as results
inner join dim_date as days on cast(results.checked_at as date) = days.date_on
group by days.iso_year, days.iso_week, results.run_id, results.severity
order by results.run_id, results.severity;

-- 8. What changed in the designs within a year, by month?
-- Grain: one row per month of the last twelve and field that changed; a month without a change has one row with a count of 0.
select
    months.month_start_on,
    changes.field,
    count(changes.client_ref) as changes,
    count(distinct changes.client_ref) as clients,
from (
    select distinct month_start_on from dim_date
    where date_on <= (select cast(max(checked_at) as date) from fct_quality_result where is_latest)
    order by month_start_on desc limit 12
) as months
left join fct_design_change as changes
    on months.month_start_on = date_trunc('month', changes.changed_on) and changes.field is not null
group by months.month_start_on, changes.field
order by months.month_start_on, changes desc, changes.field;

-- 9. What does Navigator expect of the plans as they are, against today?
-- Grain: one row per client whose baseline has an accepted outcome that is not stale; the last simulated year.
select
    clients.client_name,
    clients.modelled_year,
    clients.participation_rate,
    clients.modelled_participation_rate,
    clients.modelled_participation_rate - clients.participation_rate as participation_change,
    clients.average_deferral_rate,
    clients.modelled_deferral_rate,
    clients.modelled_deferral_rate - clients.average_deferral_rate as deferral_change,
    clients.modelled_employer_cost_rate,
from wide_client as clients
where clients.baseline_outcome_status = 'accepted'
order by clients.client_name, clients.client_ref;

-- 10. Where does one client stand among its peers?
-- Grain: one row per headline feature of the client (put another name in).
select
    features.label as feature,
    benchmarks.client_value,
    benchmarks.median,
    round(100 * benchmarks.percentile, 1) as percentile,
    benchmarks.quartile,
    round(100 * benchmarks.adoption_share, 1) as peers_with_it_percent,
    benchmarks.n as peers,
    coalesce(benchmarks.unpublished_reason, benchmarks.note) as note,
from fct_peer_benchmark as benchmarks
inner join dim_feature as features using (feature)
inner join dim_client as clients using (client_ref)
where features.is_headline and clients.client_name = 'Fennimoor Physicians Group'
order by features.kind, features.label;

-- 11. Who are its closest peers?
-- Grain: one row per peer, the five most alike. fct_peer_cohort is a view over every pair: always ask for one client.
select
    cohort.similarity_rank,
    cohort.similarity,
    peers.industry,
    peers.size_band_label,
    peers.region,
    peers.max_match_percentage,
from fct_peer_cohort as cohort
inner join wide_client as peers on cohort.peer_ref = peers.client_ref
where cohort.client_ref = (select client_ref from dim_client where client_name = 'Fennimoor Physicians Group')
order by cohort.similarity_rank
limit 5;

-- 12. How generous is vesting, by industry?
-- Grain: one row per industry.
select
    industry,
    count(mean_vesting_0_to_6) as known,
    count(*) filter (where vesting_kind = 'immediate') as immediate,
    count(*) filter (where vesting_kind = 'cliff') as cliff,
    round(sum(mean_vesting_0_to_6) / count(mean_vesting_0_to_6), 4) as mean_vesting_0_to_6,
    median(years_to_full_vesting) as median_years_to_full,
from wide_client
group by industry
order by mean_vesting_0_to_6 desc nulls last, industry;

-- 13. Do more people take part where they are enrolled automatically?
-- Grain: one row per default deferral rate, and one for plans without automatic enrolment; plans whose participation is known.
select
    designs.is_auto_enrollment_on,
    metrics.default_deferral_rate,
    count(*) as clients,
    round(100 * sum(metrics.participation_rate) / count(*), 1) as mean_participation_percent,
    round(100 * min(metrics.participation_rate), 1) as lowest,
    round(100 * max(metrics.participation_rate), 1) as highest,
from fct_plan_metrics as metrics
inner join dim_plan_design as designs using (client_ref, version_number)
where metrics.is_current and metrics.participation_rate is not null and designs.is_auto_enrollment_on is not null
group by designs.is_auto_enrollment_on, metrics.default_deferral_rate
order by designs.is_auto_enrollment_on, metrics.default_deferral_rate nulls first;

-- 14. How is each field of the Design Matrix known?
-- Grain: one row per field; derived is by a documented rule, reviewed by a person, the last two wait for somebody.
select
    field,
    count(*) as clients,
    count(*) filter (where status = 'exact') as exact,
    count(*) filter (where status = 'derived') as derived,
    count(*) filter (where status = 'reviewed') as reviewed,
    count(*) filter (where status = 'unresolved') as unresolved,
    count(*) filter (where status = 'rejected') as rejected,
    count(*) filter (where is_blocking_export) as blocking,
from fct_field_status
group by field
order by blocking desc, field;

-- 15. What is in here, and how do the tables hang together?
-- Grain: one row per table and table that it refers to.
select
    marts.table_name,
    marts.kind,
    marts.grain,
    marts.primary_key,
    keys.key_columns,
    keys.to_table,
from dim_mart as marts
left join dim_mart_key as keys using (table_name)
order by marts.kind, marts.table_name, keys.to_table, keys.key_columns;

-- 16. How healthy is the delivery?
-- Grain: one row per target, endpoint and day of sending. Who waits for data (held) is no failure of the delivery.
select
    cast(started_at as date) as sent_on,
    target,
    endpoint,
    count(*) as attempts,
    count(*) filter (where is_confirmed) as confirmed,
    round(100 * count(*) filter (where is_confirmed) / count(*), 1) as percent,
    count(*) filter (where state = 'retry_wait') as waiting,
    count(*) filter (where state in ('rejected', 'dead')) as refused,
    max(error_code) filter (where not is_confirmed) as for_example,
    max(ended_at) as last_ended_at,
from fct_sync_operation
where action <> 'hold'
group by sent_on, target, endpoint
order by sent_on, target, endpoint;
