-- Grain: one row per client that a batch is about.
-- Parameters: variables `clients`, `industries`, `bands`, `states`, `plan_types` (JSON lists, null for any),
-- `stale_since` (ISO day, or '') and `today`. A client whose data have no date is stale, too.
create or replace temp table selected as
with

asked as (
    select
        cast(cast(getvariable('clients') as json) as varchar[]) as clients,
        cast(cast(getvariable('industries') as json) as varchar[]) as industries,
        cast(cast(getvariable('bands') as json) as integer[]) as bands,
        cast(cast(getvariable('states') as json) as varchar[]) as states,
        cast(cast(getvariable('plan_types') as json) as varchar[]) as plan_types,
        cast(nullif(getvariable('stale_since'), '') as date) as stale_since,
        cast(getvariable('today') as date) as today,
)

select
    segments.client_ref,
    segments.organisation,
    segments.industry,
    segments.size_band,
    segments.size_band_label,
    segments.plan_type,
    segments.state,
    segments.region,
    clients.employee_count,
    clients.last_updated_on,
    case
        when clients.last_updated_on is null then 'no date'
        when clients.last_updated_on > asked.today - interval 6 month then 'under 6 months'
        when clients.last_updated_on > asked.today - interval 12 month then '6 to 12 months'
        when clients.last_updated_on > asked.today - interval 24 month then '12 to 24 months'
        else 'over 24 months'
    end as data_age,
from dim_client_segment as segments
inner join dim_client as clients on segments.client_ref = clients.client_ref
cross join asked
where
    (asked.clients is null or list_contains(asked.clients, segments.client_ref))
    and (asked.industries is null or list_contains(asked.industries, segments.industry))
    and (asked.bands is null or list_contains(asked.bands, segments.size_band))
    and (asked.states is null or list_contains(asked.states, segments.state))
    and (asked.plan_types is null or list_contains(asked.plan_types, segments.plan_type))
    and (
        asked.stale_since is null or clients.last_updated_on is null or clients.last_updated_on < asked.stale_since
    );
