-- Grain: one row per client and scenario that can be exported now or has a result.
-- Decided here: what there is to use: an accepted outcome counts until another takes its place, also when a later run
-- failed or was refused.
with

scenarios as (
    select
        delivery_key,
        client_ref,
        document,
    from {{ ref('exp_navigator__scenario') }}
),

accepted as (
    select
        delivery_key,
        client_ref,
        standing,
        design_status,
        seed,
        start_year,
        end_year,
        navigator_version,
        navigator_run_id,
        config_fingerprint,
        config_hash,
        base_checksum,
        run_at,
        pulled_at,
        design,
    from {{ ref('int_outcomes__judged') }}
),

problems as (
    select
        results.delivery_key,
        results.client_ref,
        results.standing,
        results.reason_code,
        results.pulled_at,
    from {{ ref('stg_navigator__results') }} as results
    semi join {{ ref('int_clients') }} as clients on results.client_ref = clients.client_ref
    where results.standing <> 'accepted'
),

keys as (
    select
        delivery_key,
        client_ref,
    from scenarios
    union
    select
        delivery_key,
        client_ref,
    from accepted
    union
    select
        delivery_key,
        client_ref,
    from problems
)

select
    keys.client_ref,
    {{ scenario_of('keys.delivery_key', 'keys.client_ref') }} as scenario,
    keys.delivery_key,
    scenarios.delivery_key is not null as is_exportable,
    case
        when accepted.design_status in ('superseded', 'withdrawn') then 'stale'
        else coalesce(accepted.standing, problems.standing, 'none')
    end as outcome_status,
    accepted.design_status,
    problems.reason_code as problem_code,
    accepted.seed,
    accepted.start_year,
    accepted.end_year,
    accepted.navigator_version,
    case
        when accepted.navigator_version is not null
            then accepted.navigator_version in (
                select known.version,
                from {{ ref('compatibility') }} as known
                where known.component = 'Navigator' and known.is_supported
            )
    end as is_navigator_version_supported,
    accepted.navigator_run_id,
    accepted.config_fingerprint,
    accepted.config_hash,
    accepted.base_checksum,
    cast(accepted.run_at as timestamp) as run_at,
    cast(coalesce(accepted.pulled_at, problems.pulled_at) as timestamp) as pulled_at,
    accepted.design -> 'design_matrix' ->> 'run_id' as export_run_id,
from keys
left join scenarios on keys.delivery_key = scenarios.delivery_key
left join accepted on keys.delivery_key = accepted.delivery_key
left join problems on keys.delivery_key = problems.delivery_key
