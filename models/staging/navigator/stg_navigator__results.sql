-- Grain: one row per delivery key and kind of result in force: the accepted one, and the last that was not.
-- Decided here: nothing; what was superseded stays in the state.
select
    result_id,
    delivery_key,
    client_ref,
    standing,
    reason_code,
    navigator_run_id,
    run_at,
    navigator_version,
    config_fingerprint,
    config_hash,
    base_checksum,
    seed,
    start_year,
    end_year,
    echo,
    design,
    pulled_at,
from {{ source('navigator', 'navigator_scenario_result') }}
where superseded_at is null and client_ref is not null
