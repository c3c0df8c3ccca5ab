-- Grain: one row per client and field.
-- Decided here: how a field's state is told to a person - the sentence, and what would settle it.
with

decisions as (
    select
        clients.client_ref,
        matched.field,
        matched.raw,
        matched.value,
        matched.reviewer || ' on ' || cast(matched.decided_on as varchar) || ' (' || matched.reason || ')' as said_by,
    from {{ ref('int_resolutions__matched') }} as matched
    inner join {{ ref('int_clients') }} as clients on matched.client_id = clients.client_id
    where not matched.is_stale
),

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
),

-- a reviewer's wording is read like any other text; the text of the source stays beside it
decided as (
    select
        statuses.* replace (
            case when decisions.value is null then statuses.raw else decisions.raw end as raw,
            case
                when decisions.value is not null and statuses.status in ('exact', 'derived') then 'reviewed'
                else statuses.status
            end as status
        ),
        statuses.raw as text_read,
        decisions.said_by,
    from statuses
    left join decisions on statuses.client_ref = decisions.client_ref and statuses.field = decisions.field
)

select
    decided.client_ref,
    decided.field,
    decided.raw,
    decided.value,
    decided.status,
    decided.reasons,
    coalesce(decided.leftover_tokens, []) as leftover_tokens,
    coalesce(decided.is_blocking_export, true) as is_blocking_export,
    case
        when decided.status = 'reviewed'
            then decided.field || ' was decided to be "' || decided.text_read || '" by ' || decided.said_by || '.'
        when decided.reasons = [] then null
        when decided.message is not null then decided.message
        when decided.reasons[1] = 'unknown' then decided.field || ' is blank or unknown.'
        else
            decided.field
            || case
                when trim(coalesce(decided.text_read, '')) <> '' then ' "' || left(decided.text_read, 200) || '" '
                when decided.field = 'nonelective_formula' then ' (stated in match_formula) '
                else ' '
            end
            || coalesce(reason_codes.sentence, decided.reasons[1])
            || case
                when coalesce(len(decided.leftover_tokens), 0) = 0 then ''
                else
                    ': ' || array_to_string(
                        list_transform(decided.leftover_tokens, lambda token: ltrim(token, '?')), ' '
                    )
            end
            || '.'
    end as message,
    case
        when decided.reasons = [] or decided.status in ('exact', 'reviewed') then null
        when
            decided.field = 'nonelective_formula' and decided.reasons <> ['unknown']
            and trim(coalesce(decided.text_read, '')) = ''
            then 'Decide two fields: match_formula without its nonelective part, and nonelective_formula.'
        else coalesce(reason_codes.resolve, 'Correct ' || decided.field || ' in the Design Matrix') || '.'
    end as resolve,
from decided
left join {{ ref('reason_codes') }} as reason_codes on decided.reasons[1] = reason_codes.code
