"""A warehouse as dbt leaves it, by plain SQL: healthy clients c...001, c...002, ... that pass every gate.

Tests damage single clients with SQL. Columns and types follow the models' contracts.
"""

from pathlib import Path

import duckdb

from harness.extract.columns import CANONICAL

PROJECT = Path(__file__).resolve().parents[2]
SUITES = PROJECT / "tests" / "expectations"

RAW = {
    "client_id": "'70' || lpad(n::varchar, 4, '0')",
    "client_name": "'Client ' || n",
    "industry": "'healthcare'",
    "employee_count": "'1,200'",
    "state": "'MA'",
    "match_formula": "'50% up to 6%'",
    "auto_enrollment_enabled": "'yes'",
    "auto_enrollment_rate": "'3%'",
    "auto_enrollment_effective_year": "'1900'",
    "auto_escalation_enabled": "'yes'",
    "auto_escalation_cap": "'10%'",
    "auto_escalation_rate": "'1%'",
    "vesting_schedule": "'3-year cliff'",
    "data_source": "'ManualEntry'",
    "last_updated": "'2026-06-30'",
}

TABLES = """
create schema raw;
create table raw.load as select 'ld_0123456789abcdef' as load_id, 'sample.csv' as source_name,
    'csv' as source_kind,
    'v3' as schema_version, repeat('0', 64) as source_sha256, 'auto' as unit_setting,
    '2026-11-22T12:00:00Z' as loaded_at, '2026-11-22' as as_of_on, {count}::bigint as row_count;
create table raw.plan_designs as select {raw_columns}, 'ld_0123456789abcdef' as _load_id,
    'sample.csv' as _file,
    null::varchar as _sheet, (n + 1)::bigint as _row from range(1, {count} + 1) as t(n);
create table raw.source_columns as select 'ld_0123456789abcdef' as _load_id, 'sample.csv' as _file,
    null::varchar as _sheet, name as column_name, name as canonical_name, row_number() over () as position,
    'VARCHAR' as source_type from (select unnest({names}) as name) where name <> 'plan_id';
create table compatibility as from read_csv('{project}/seeds/compatibility.csv',
    types = {{'version': 'varchar'}});
create table design_matrix_columns as from read_csv('{project}/seeds/design_matrix_columns.csv');
create table int_source_rows as select _file as file, _sheet as sheet, _row as row_number, client_id,
    'c' || lpad((_row - 1)::varchar, 15, '0') as client_ref, null::varchar as id_problem
    from raw.plan_designs;
create table int_clients as select client_ref, client_id, file, sheet, row_number,
    'ld_0123456789abcdef' as load_id from int_source_rows;
create table dim_client as select client_ref, 'Client' as client_name, 'healthcare' as industry,
    1200::bigint as employee_count, false as is_employee_count_approximate, 'MA' as state,
    null::varchar as plan_type,
    'ManualEntry' as data_source, date '2026-06-30' as last_updated_on from int_clients;
create table fct_plan_design as select client_ref, 'simple' as match_kind, 'exact' as match_status,
    []::varchar[] as match_reasons, 0.03::decimal(18,12) as max_match_percentage,
    0.06::decimal(18,12) as max_matched_deferral, null::decimal(18,2) as annual_dollar_cap,
    false as is_match_discretionary, null::decimal(18,12) as match_effective_rate, 'none' as core_kind,
    'exact' as core_status, []::varchar[] as core_reasons, null::decimal(18,12) as core_rate,
    null::decimal(18,12) as core_low_rate, null::decimal(18,12) as core_high_rate, 'cliff' as vesting_kind,
    'exact' as vesting_status, []::varchar[] as vesting_reasons,
    [0, 0, 0, 1]::decimal(18,12)[] as vesting_schedule_array, true as is_auto_enrollment_on,
    0.03::decimal(18,12) as default_deferral_rate, 'all_eligible_employees' as auto_enrollment_scope,
    date '1900-01-01' as auto_enrollment_cutoff_on, 1900 as auto_enrollment_effective_year,
    null::decimal(18,12) as unexported_auto_enrollment_rate, true as is_auto_escalation_on,
    0.01::decimal(18,12) as escalation_increment_rate, 0.10::decimal(18,12) as escalation_cap_rate,
    null::integer as waiting_period_months, null::integer as waiting_period_days,
    null::integer as minimum_hours,
    null::integer as minimum_age, null::varchar as entry_dates, null::varchar as employment_class,
    null::boolean as is_last_day_rule, null::integer as match_waiting_period_months,
    null::integer as match_waiting_period_days, null::integer as match_minimum_hours,
    null::boolean as is_match_last_day_rule, null::integer as core_waiting_period_months,
    null::integer as core_waiting_period_days, null::integer as core_minimum_hours,
    null::boolean as is_core_last_day_rule, null::boolean as is_match_true_up,
    null::decimal(18,12) as current_participation, null::decimal(18,12) as average_contribution_rate,
    date '2026-06-30' as last_updated_on, null::date as plan_effective_on, null::date as plan_amended_on,
    null::date as plan_year_start_on, null::date as plan_year_end_on, []::varchar[] as navigator_gap_codes,
    []::varchar[] as navigator_gap_messages, sha256(cast(to_json([{design_columns}]) as varchar))
    as source_checksum from dim_client join int_source_rows using (client_ref)
    join raw.plan_designs on row_number = _row;
create table fct_match_tier as select client_ref, 0 as band_number, null::integer as min_years,
    null::integer as max_years, 1 as tier, 0::decimal(18,12) as employee_min,
    0.06::decimal(18,12) as employee_max,
    0.5::decimal(18,12) as match_rate from dim_client;
create table fct_core_band(client_ref varchar, band_number integer, min_years integer, max_years integer,
    min_age integer, max_age integer, rate decimal(18,12));
create table fct_vesting_step as select client_ref, (unnest(range(4)))::integer as years_of_service,
    unnest([0, 0, 0, 1])::decimal(18,12) as vested_rate from dim_client;
create table fct_field_status as select i.client_ref, u.field, u.raw, u.raw as value,
    case when u.raw is null then 'unresolved' else 'exact' end as status,
    case when u.raw is null then ['unknown'] else []::varchar[] end as reasons,
    false as is_blocking_export, null::varchar as message, null::varchar as resolve
    from (from (select * exclude (_load_id) from raw.plan_designs)
        unpivot include nulls (raw for field in (columns(* exclude (_file, _sheet, _row))))) as u
    join int_source_rows as i on u._row = i.row_number
    where u.field not in ('client_id', 'plan_id', 'notes', 'updated_by', 'verified_by');
create table int_orphans(code varchar, place varchar, client_ref varchar, client_id varchar, message varchar,
    resolve varchar);
create table exp_navigator__scenario as select client_ref || '_base' as delivery_key, client_ref,
    json_object('scenario_id', client_ref || '_base', 'plan_design_id', client_ref, 'compensation',
    json('{{}}'),
        'simulation', json('{{}}'), 'enrollment', json('{{}}'), 'deferral_auto_escalation', json('{{}}'),
        'employer_match', json('{{}}'), 'employer_core_contribution', json('{{}}'), 'eligibility',
    json('{{}}'),
        'dc_plan', json('{{}}'),
        'design_matrix', json_object('schema_version', 'navigator-scenario/1.0',
            'source_checksum', source_checksum)) as document,
    repeat('a', 64) as document_checksum from fct_plan_design;
create table fct_fhi_outcome as select client_ref, 'plan_health_score' as component,
    80::decimal(18, 12) as value, null::varchar as band, null::varchar as unknown_reason from dim_client
    union all select client_ref, 'total_savings_rate', null, null, 'unknown' from dim_client
    union all select client_ref, 'financial_wellness_continuum', null, 'healthy', null from dim_client;
create table exp_fhi__outcomes as select client_ref as delivery_key, client_ref,
    json_object('schema_version', 'fhi-outcomes/1.0', 'client_ref', client_ref,
        'participant_journey', json('{{}}'), 'total_savings_rate', json('{{}}'),
        'preparedness_gap', json('{{}}'), 'retirement_readiness', json('{{}}'),
        'plan_health_score', json('{{}}'), 'financial_wellness_continuum', json('{{}}'),
        'modelled', json('{{}}'), 'formulas', json('{{}}'), 'warnings', json('[]')) as document,
    repeat('a', 64) as document_checksum from dim_client;
create table crm_fields as from read_csv('{project}/seeds/crm_fields.csv');
create table exp_crm__account as select client_ref as delivery_key, client_ref,
    json_object('schema_version', 'crm-account/1.0', 'client_ref', client_ref, 'fields', (
        select json_group_object(field, json_object('value', null, 'action', 'clear', 'reason', 'unknown'))
        from crm_fields
    )) as document, repeat('b', 64) as document_checksum from dim_client;
create table int_reconciliation__cells as select client_ref, 'client_name' as field, 'Client' as raw
    from dim_client;
create view int_reconciliation__compared as select client_ref, 'client_name' as field,
    'client_name' as figure,
    'Client' as expected, client_name as published, false as is_held, client_name = 'Client' as is_agreeing
    from dim_client;
create table fct_reconciliation as select 'client_name' as field, {count} as canonical, {count} as agreeing,
    0 as held, 0 as disagreeing, {count} as figures_raw, {count} as figures_published, 1.5 as sum_raw,
    1.5 as sum_published, 'a' as checksum_raw, 'a' as checksum_published;
"""

# every client is a peer of every other one and has a match; below 21 clients nothing is published of it
PEERS = """
create table dim_client_segment as select client_ref, client_ref as organisation from dim_client;
create table int_features__measured as select client_ref, 'match' as feature,
    1::decimal(18, 12) as value from dim_client;
create table fct_peer_group_member as select '4/all' as peer_group_key, client_ref from dim_client;
create table fct_peer_benchmark as select client_ref, 'match' as feature, '4/all' as peer_group_key,
    case when {count} > 20 then {count}::bigint - 1 end as n,
    case when {count} > 20 then {count}::bigint - 1 end as organisations,
    null::decimal(18, 12) as "min", null::decimal(18, 12) as p25, null::decimal(18, 12) as median,
    null::decimal(18, 12) as p75, null::decimal(18, 12) as p90, null::decimal(18, 12) as "max",
    null::double as percentile, null::varchar as quartile, case when {count} > 20 then 1.0::double end
    as adoption_share, null::double as wilson_low, null::double as wilson_high, null::varchar as test,
    null::double as z, null::double as p_value, null::double as effect_h, null::double as corrected_p,
    null::boolean as is_significant, case when {count} <= 20 then 'too few' end as unpublished_reason
    from dim_client;
create table fct_gap as select client_ref, feature from fct_peer_benchmark where false;
create table fct_recommendation as select client_ref, feature, 'no_match' as recommendation, 'none' as rule,
    to_json({{'n': n}}) as evidence from fct_peer_benchmark;
"""


# the texts that a design's checksum is made of, in the order of the template
DESIGN_COLUMNS = [
    "client_name", "plan_name", "plan_type", "industry", "employee_count", "annual_payroll", "state",
    "eligibility", "match_formula", "match_effective_rate", "match_eligibility_criteria",
    "match_last_day_work_rule", "match_true_up", "match_contribution_frequency", "nonelective_formula",
    "nonelective_eligibility_criteria", "nonelective_last_day_work_rule",
    "nonelective_contribution_frequency", "auto_enrollment_enabled", "auto_enrollment_rate",
    "auto_enrollment_effective_year", "auto_escalation_enabled", "auto_escalation_cap",
    "auto_escalation_rate", "vesting_schedule", "participation_rate", "avg_deferral_rate",
    "data_source", "last_updated", "plan_effective_on", "plan_amended_on", "plan_year_start_on",
    "plan_year_end_on",
]  # fmt: skip


def ref(number: int) -> str:
    """The client_ref of the client with this number, 1-based."""
    return f"c{number:015}"


def build(path: Path, count: int, damage: str = "") -> Path:
    """Make a warehouse of `count` healthy clients at `path`, then run the SQL `damage` in it."""
    columns = ", ".join(f"{RAW.get(name, 'null')}::varchar as {name}" for name in CANONICAL)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            TABLES.format(
                count=count,
                project=PROJECT,
                raw_columns=columns,
                names=CANONICAL,
                design_columns=", ".join(f"plan_designs.{name}" for name in DESIGN_COLUMNS),
            )
        )
        connection.execute(PEERS.format(count=count))
        if damage:
            connection.execute(damage)
    return path
