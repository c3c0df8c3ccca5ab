-- Grain: one row per client and field.
-- Decided here: how a field's state is told to a person - the sentence, and what would settle it.
with

statuses as (
    select
        client_ref,
        field,
        raw,
        value,
        status,
        case when reason is null then [] else [reason] end as reasons,
        cast([] as varchar[]) as leftover_tokens,
        message,
        is_blocking_export,
    from {{ ref('int_field_statuses__scalar') }}
    union all
    select
        client_ref,
        field,
        raw,
        value,
        status,
        reasons,
        leftover_tokens,
        null as message,
        is_blocking_export,
    from {{ ref('int_field_statuses__text') }}
)

select
    statuses.client_ref,
    statuses.field,
    statuses.raw,
    statuses.value,
    statuses.status,
    statuses.reasons,
    coalesce(statuses.leftover_tokens, []) as leftover_tokens,
    coalesce(statuses.is_blocking_export, true) as is_blocking_export,
    case
        when statuses.reasons = [] then null
        when statuses.message is not null then statuses.message
        when statuses.reasons[1] = 'unknown' then statuses.field || ' is blank or unknown.'
        else
            statuses.field
            || case when trim(coalesce(statuses.raw, '')) = '' then ' ' else ' "' || left(statuses.raw, 200) || '" ' end
            || coalesce(reason_codes.sentence, statuses.reasons[1])
            || case
                when coalesce(len(statuses.leftover_tokens), 0) = 0 then ''
                else ': ' || array_to_string(list_transform(statuses.leftover_tokens, lambda token: ltrim(token, '?')), ' ')
            end
            || '.'
    end as message,
    case
        when statuses.reasons <> [] and statuses.status <> 'exact'
            then coalesce(reason_codes.resolve, 'Correct ' || statuses.field || ' in the Design Matrix') || '.'
    end as resolve,
from statuses
left join {{ ref('reason_codes') }} as reason_codes on statuses.reasons[1] = reason_codes.code
