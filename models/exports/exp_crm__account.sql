-- Grain: one row per client of the present load.
-- Decided here: the complete CRM record. Held clients have one, too, of what is known of them: the gates decide who
-- goes. The client's name is not in it: a CRM finds the account by client_ref and keeps its own name. run_id and
-- generated_at are empty here and outside the checksum; last_export is generated_at, so it alone makes nothing differ.
with

fields as (
    select
        client_ref,
        -- sorted when they are together: `order by` inside an aggregate takes four times as long
        cast('{' || array_to_string(list_transform(list_sort(list({
            'position': position,
            'member': to_json(field) || ':' || case
                when rendered_from is not null
                    then to_json({
                        'value': null, 'action': action, 'reason': reason, 'from': rendered_from,
                        'when_empty': when_empty
                    })
                when type = 'Percent'
                    then to_json({'value': value, 'percent': percent, 'action': action, 'reason': reason})
                else to_json({'value': value, 'action': action, 'reason': reason})
            end
        })), lambda placed: placed.member), ',') || '}' as json) as fields,
    from {{ ref('int_crm__fields') }}
    group by client_ref
),

stated as (
    select
        client_ref,
        'P10' as rule,
        field,
        coalesce(message, field || ' is ' || status || '.') as message,
    from {{ ref('fct_field_status') }}
    where
        status in ('derived', 'reviewed', 'rejected')
        or (status = 'unresolved' and (is_blocking_export or reasons <> ['unknown']))
    union all
    select
        client_ref,
        'P10' as rule,
        field,
        field || ' is not known: ' || reason || '.' as message,
    from {{ ref('int_crm__fields') }}
    where field = 'plan_health_score' and action <> 'set'
),

warnings as (
    select
        client_ref,
        list({'rule': rule, 'field': field, 'message': message} order by field, rule, message) as warnings,
    from stated
    group by client_ref
),

documents as (
    select
        clients.client_ref,
        to_json({
            'schema_version': 'crm-account/1.0',
            'generated_at': null,
            'run_id': null,
            'data_as_of': cast(clients.last_updated_on as varchar),
            'client_ref': clients.client_ref,
            'fields': fields.fields,
            'warnings': coalesce(warnings.warnings, [])
        }) as document,
    from {{ ref('dim_client') }} as clients
    inner join fields on clients.client_ref = fields.client_ref
    left join warnings on clients.client_ref = warnings.client_ref
)

select
    client_ref as delivery_key,
    client_ref,
    document,
    sha256(cast(document as varchar)) as document_checksum,
from documents
