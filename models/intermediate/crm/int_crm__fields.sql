-- Grain: one row per client of the present load and field of its CRM record.
-- Decided here: what becomes of the field in the CRM. A known value is set; what is known not to be there is cleared;
-- what is not known, or rendered and then empty, is left or cleared as its row in crm_fields says.
-- Numbers have six places (halves up) and the digits that they need, amounts are whole cents; a Percent stands as a
-- percent number, too: nobody computes later.
with

stated as (
    select
        clients.client_ref,
        fields.position,
        fields.field,
        fields.type,
        fields.source,
        starts_with(fields.source, 'document.') as is_rendered,
        coalesce(found.is_none, false) as is_none,
        found.text_value,
        cast(round(found.number_value, 6) as decimal(24, 6)) as number_value,
        found.reason,
        fields.when_unknown,
    from {{ ref('dim_client') }} as clients
    cross join {{ ref('crm_fields') }} as fields
    left join {{ ref('int_crm__values') }} as found
        on clients.client_ref = found.client_ref and fields.field = found.field
),

decided as (
    select
        *,
        case
            when is_rendered then 'set'
            when is_none then 'clear'
            when coalesce(text_value, cast(number_value as varchar)) is not null then 'set'
            else when_unknown
        end as action,
    from stated
)

select
    client_ref,
    position,
    field,
    type,
    action,
    case
        when action <> 'set' or is_rendered then null
        when number_value is null then to_json(text_value)
        else {{ exact('number_value') }}
    end as value,
    case when action = 'set' and type = 'Percent' then {{ exact('cast(number_value * 100 as decimal(24, 4))') }} end
        as percent,
    case when action <> 'set' then coalesce(reason, 'unknown') end as reason,
    case when is_rendered then replace(source, 'document.', '') end as rendered_from,
    case when is_rendered then when_unknown end as when_empty,
from decided
