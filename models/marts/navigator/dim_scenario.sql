-- Grain: one row per client and scenario that can be exported now or has a result.
-- Decided here: what there is to use: an accepted outcome counts until another takes its place, also when a later run
-- failed or was refused; and which problem is still one beside it.
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
        results.navigator_run_id,
        results.run_at,
        results.pulled_at,
    from {{ ref('stg_navigator__results') }} as results
    semi join {{ ref('int_clients') }} as clients on results.client_ref = clients.client_ref
    where results.standing <> 'accepted'
),

-- what is over: an earlier run's problem, an earlier pull's where no run is told, and of the accepted run itself what
-- was said before its proof, or what the API alone can't show
latest_problems as (
    select problems.*,
    from problems
    left join accepted on problems.delivery_key = accepted.delivery_key
    where
        accepted.delivery_key is null
        or case
            when problems.navigator_run_id = accepted.navigator_run_id
                then problems.pulled_at > accepted.pulled_at and problems.reason_code <> 'echo_not_shown'
            when problems.run_at is not null and accepted.run_at is not null then problems.run_at > accepted.run_at
            else problems.pulled_at >= accepted.pulled_at
        end
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
        else coalesce(accepted.standing, latest_problems.standing, 'none')
    end as outcome_status,
    accepted.design_status,
    latest_problems.reason_code as problem_code,
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
    cast(coalesce(accepted.pulled_at, latest_problems.pulled_at) as timestamp) as pulled_at,
    accepted.design -> 'design_matrix' ->> 'run_id' as export_run_id,
from keys
left join scenarios on keys.delivery_key = scenarios.delivery_key
left join accepted on keys.delivery_key = accepted.delivery_key
left join latest_problems on keys.delivery_key = latest_problems.delivery_key
