-- Grain: one row per client of the present load, and per client whose id stands in it twice.
-- Decided here: what a version of a design is - the texts, what was read from each, and the settled design. The load's
-- time, which never lies before the last version's. A client whose id stands twice has not left: its version goes on.
with

history as (
    select
        client_ref,
        design_checksum,
        fields,
        design,
        valid_from,
        valid_to,
    from {{ source('state', 'plan_design_history') }}
),

moment as (
    select
        load.load_id,
        greatest(
            cast(load.loaded_at as timestamp),
            (select max(coalesce(history.valid_to, history.valid_from)) + interval 1 microsecond, from history)
        ) as loaded_at,
    from {{ source('raw', 'load') }} as load
),

texts as (
    select
        clients.client_ref,
        unnest([
            {%- for field in design_columns() %}
            {'field': '{{ field }}', 'raw': nullif(trim(plans.{{ field }}_raw), '')}{% if not loop.last %},{% endif %}
            {%- endfor %}
        ], recursive := true),
    from {{ ref('int_clients') }} as clients
    inner join {{ ref('stg_design_matrix__plans') }} as plans on clients.client_id = plans.client_id
),

-- sorted when they are together: `order by` inside an aggregate takes four times as long
facts as (
    select
        texts.client_ref,
        list_sort(list({
            'field': texts.field,
            'raw': texts.raw,
            'value': statuses.value,
            'status': statuses.status,
            'decided': decisions.value
        })) as facts,
    from texts
    left join {{ ref('fct_field_status') }} as statuses
        on texts.client_ref = statuses.client_ref and texts.field = statuses.field
    left join {{ ref('int_resolutions__judged') }} as decisions
        on texts.client_ref = decisions.client_ref and texts.field = decisions.field and decisions.status = 'applied'
    group by texts.client_ref
),

fields as (
    select
        client_ref,
        to_json(map_from_entries(list_transform(
            facts,
            lambda fact: {
                'key': fact.field,
                'value': {'raw': fact.raw, 'value': fact.value, 'status': fact.status, 'decided': fact.decided}
            }
        ))) as fields,
        to_json(list_transform(facts, lambda fact: [fact.field, fact.raw, fact.value, fact.status])) as checked,
    from facts
),

designs as (
    select
        clients.client_ref,
        to_json({
            {%- for column in history_columns(client=true) %}
            '{{ column }}': clients.{{ column }},
            {%- endfor %}
            {%- for column in history_columns() %}
            '{{ column }}': plans.{{ column }}{% if not loop.last %},{% endif %}
            {%- endfor %}
        }) as design,
    from {{ ref('dim_client') }} as clients
    inner join {{ ref('fct_plan_design') }} as plans on clients.client_ref = plans.client_ref
),

present as (
    select
        designs.client_ref,
        sha256(cast(fields.checked as varchar) || cast(designs.design as varchar)) as design_checksum,
        fields.fields,
        designs.design,
    from designs
    inner join fields on designs.client_ref = fields.client_ref
    union all
    select
        history.client_ref,
        history.design_checksum,
        history.fields,
        history.design,
    from history
    where
        history.valid_to is null
        and history.client_ref in (
            select doubled.client_ref,
            from {{ ref('int_source_rows') }} as doubled
            where doubled.id_problem = 'duplicate'
        )
)

select
    present.client_ref,
    moment.load_id,
    moment.loaded_at,
    present.design_checksum,
    present.fields,
    present.design,
from present
cross join moment
