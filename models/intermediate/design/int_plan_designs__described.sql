-- Grain: one row per client of the present load.
-- Decided here: what of a design tells one version from the next - the texts, what was read from each, and the settled
-- design.
with

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
)

select
    designs.client_ref,
    sha256(cast(fields.checked as varchar) || cast(designs.design as varchar)) as design_checksum,
    fields.fields,
    designs.design,
from designs
inner join fields on designs.client_ref = fields.client_ref
