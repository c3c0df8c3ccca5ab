"""The two tables of the state that hold what Navigator made of our scenarios. Superseded rows stay."""

SCENARIO_RESULT = """
    create table if not exists navigator_scenario_result (
        result_id varchar primary key,
        delivery_key varchar not null,
        client_ref varchar,
        standing varchar not null,
        reason_code varchar,
        message varchar,
        source varchar not null,
        navigator_run_id varchar,
        run_at timestamptz,
        navigator_version varchar,
        config_fingerprint varchar,
        config_hash varchar,
        base_checksum varchar,
        seed bigint,
        start_year integer,
        end_year integer,
        echo varchar,
        design json,
        rows_read bigint not null,
        years_landed integer not null,
        outcome_checksum varchar not null,
        pulled_at timestamptz not null,
        superseded_at timestamptz,
        superseded_by varchar
    )
"""
OUTCOME = """
    create table if not exists navigator_outcome (
        result_id varchar not null,
        simulation_year integer not null,
        employees bigint,
        active_employees bigint,
        eligible_employees bigint,
        participants bigint,
        participation_rate_active decimal(18, 12),
        participation_rate_eligible decimal(18, 12),
        participation_rate_all decimal(18, 12),
        avg_deferral_participants decimal(18, 12),
        avg_deferral_all_eligible decimal(18, 12),
        employee_contributions_amount decimal(18, 2),
        employer_match_amount decimal(18, 2),
        employer_core_amount decimal(18, 2),
        employer_total_amount decimal(18, 2),
        compensation_amount decimal(18, 2),
        employer_cost_rate decimal(18, 12),
        forfeitures_amount decimal(18, 2),
        forfeitures_unknown_reason varchar,
        primary key (result_id, simulation_year)
    )
"""
TABLES = (SCENARIO_RESULT, OUTCOME)
