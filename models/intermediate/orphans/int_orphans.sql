-- Grain: one row per thing that belongs to a client that is not there (rule R01); none, where all is well.
-- Decided here: what an orphan is. A client that has left the source is none, nor is its document as long as this run takes it away;
-- a document that would stay, and whatever the state does not know any more, is one.
{{ refuse_unlisted_facts() }}
with

known as (
    select
        client_ref,
        client_id,
    from {{ ref('client_ref') }}
),

present as (
    select client_ref, from {{ ref('int_source_rows') }}
    where client_ref is not null
),

history as (
    select distinct client_ref, from {{ source('state', 'plan_design_history') }}
),

delivered as (
    select
        target,
        delivery_key,
        client_ref,
        run_id,
        is_kept,
    from {{ source('raw', 'delivered_documents') }}
),

facts as (
    {% for fact in client_facts() -%}
    {% for column in client_columns(fact) or ['client_ref'] -%}
    select
        '{{ fact }}' as place,
        {{ column }} as client_ref,
        count(*) as row_count,
    from {{ ref(fact) }}
    group by {{ column }}
    {% if not loop.last %}union all
    {% endif -%}
    {%- endfor %}
    {% if not loop.last %}union all
    {% endif -%}
    {%- endfor %}
),

orphans as (
    select
        'row_without_client' as code,
        place,
        client_ref,
        null as client_id,
        row_count || ' rows of ' || place || ' belong to ' || coalesce('client ' || client_ref, 'nobody')
        || ', and dim_client has no such client.' as message,
        'This is a fault of the models: run dbt build again; if it stays, report it.' as resolve,
    from facts
    where client_ref is null or client_ref not in (select clients.client_ref, from {{ ref('dim_client') }} as clients)
    union all
    select
        'decision_without_client' as code,
        'state.resolution' as place,
        null as client_ref,
        client_id,
        'The decision of ' || reviewer || ' on ' || field || ' is for client ' || client_id
        || ', which was never in a load.' as message,
        'Restore the state that knows the client (planwise-export state list, state restore BACKUP).' as resolve,
    from {{ source('state', 'resolution') }}
    where client_id not in (select known.client_id, from known)
    union all
    select
        'history_without_client' as code,
        'state.plan_design_history' as place,
        client_ref,
        null as client_id,
        'The history has versions of client ' || client_ref || ', for which no reference is kept.' as message,
        'Restore the state that knows the client (planwise-export state list, state restore BACKUP).' as resolve,
    from history
    where client_ref not in (select known.client_ref, from known)
    union all
    -- a client of the present load gets its version with this very run
    select
        'client_without_history' as code,
        'state.client_ref' as place,
        delivered.client_ref,
        known.client_id,
        'Client ' || delivered.client_ref || ' was published with a history (run ' || coalesce(delivered.run_id, 'unknown')
        || '), and the state has none.' as message,
        'Restore the state that has it (planwise-export state list, state restore BACKUP).' as resolve,
    from delivered
    inner join known on delivered.client_ref = known.client_ref
    where
        delivered.target = 'published history'
        and delivered.client_ref not in (select history.client_ref, from history)
        and delivered.client_ref not in (select present.client_ref, from present)
    union all
    select
        'delivered_without_client' as code,
        target as place,
        client_ref,
        null as client_id,
        target || ' holds ' || coalesce(delivery_key, 'a row') || ' of client ' || coalesce(client_ref, '(none named)')
        || ' (run ' || coalesce(run_id, 'unknown') || '), which neither the source nor the state knows.' as message,
        'Restore the state that knows the client (planwise-export state list, state restore BACKUP); if there is none, move the '
        || 'folder of that release, or published/current.duckdb, aside and run again.' as resolve,
    from delivered
    where client_ref is null or client_ref not in (select known.client_ref, from known)
    union all
    select
        'delivered_would_stay' as code,
        delivered.target as place,
        delivered.client_ref,
        known.client_id,
        'Client ' || delivered.client_ref || ' has left the source, and this run would leave its document '
        || delivered.delivery_key || ' in ' || delivered.target || '.' as message,
        'Run without --client and for every target: that run takes the document away.' as resolve,
    from delivered
    inner join known on delivered.client_ref = known.client_ref
    where
        delivered.is_kept
        and delivered.client_ref not in (select present.client_ref, from present)
)

select
    code,
    place,
    client_ref,
    client_id,
    message,
    resolve,
from orphans
