-- Grain: one row per field of one client: the text, how it was read, and what came of it.
-- Parameter: variable `client_ref`.
with

client as (
    select * from int_clients where client_ref = getvariable('client_ref')
),

decided as (
    select
        field,
        {
            'resolution_id': resolution_id, 'raw': raw, 'value': value, 'reviewer': reviewer,
            'decided_on': cast(decided_on as varchar), 'reason': reason, 'status': status, 'status_reason': status_reason
        } as resolution,
    from int_resolutions__judged
    where client_ref = getvariable('client_ref')
),

statuses as (
    select
        statuses.*,
        decided.resolution,
        if(decided.resolution is null, statuses.raw, decided.resolution.raw) as source_text,
        if(decided.resolution.status in ('applied', 'refused'), decided.resolution.value, source_text) as text_read,
    from fct_field_status as statuses
    left join decided on statuses.field = decided.field
    where statuses.client_ref = getvariable('client_ref')
),

formulas as (
    select 'match_formula' as field, raw as text, kind, marked_text as marks, leftover_tokens, core_terms
    from int_match_formulas__parsed
    union all
    select 'nonelective_formula', text, kind, marked_text, leftover_tokens, null
    from int_nonelective_formulas__parsed
    union all
    select 'vesting_schedule', raw, vesting_kind, marks, leftover_tokens, null
    from int_vesting_schedules__parsed
    union all
    select
        unnest(['eligibility', 'match_eligibility_criteria', 'nonelective_eligibility_criteria']),
        raw, null, marks, leftover_tokens, null
    from int_eligibilities__parsed
),

-- nonelective money that has no text of its own is what the match formula says of it
with_embedded as (
    select
        statuses.*,
        matches.core_terms is not null as is_from_match,
        coalesce(matches.core_terms, statuses.text_read) as parsed_text,
    from statuses
    left join statuses as match_status on match_status.field = 'match_formula'
    left join formulas as matches
        on
            statuses.field = 'nonelective_formula' and trim(coalesce(statuses.text_read, '')) = ''
            and matches.field = 'match_formula' and matches.text = match_status.text_read
),

scalars as (
    select
        spelled.field,
        spelled.plain,
        spelled.spelled,
        if(spelled.kind = 'rate' and spelled.bare_value is not null, units.unit_decided, null) as unit,
        units.explanation,
    from int_scalars__spelled as spelled
    inner join client
        on
            spelled.row_number = client.row_number
            and spelled.file is not distinct from client.file
            and spelled.sheet is not distinct from client.sheet
    left join int_column_units__decided as units on spelled.field = units.column_name
    where spelled.kind <> 'vote'
)

select
    fields.field,
    fields.source_text as raw,
    if(fields.parsed_text is distinct from fields.source_text, fields.parsed_text, null) as text_read,
    case
        when fields.is_from_match then 'match_formula'
        when fields.text_read is distinct from fields.source_text then 'resolution'
    end as text_read_from,
    coalesce(terms.repaired_text, scalars.plain) as repaired_text,
    coalesce(terms.lexed_text, scalars.spelled) as tokens,
    terms.terms,
    formulas.marks,
    coalesce(formulas.kind, 'a bare number in ' || scalars.unit || ': ' || scalars.explanation) as rule,
    coalesce(formulas.leftover_tokens, []) as leftover_tokens,
    coalesce(terms.unknown_words, []) as unknown_words,
    -- the zeros behind a decimal's last digit say nothing
    case when fields.value[1] in ('{', '[')
        then regexp_replace(regexp_replace(fields.value, '([.][0-9]*[1-9])0+\b', '\1', 'g'), '[.]0+\b', '', 'g')
        else fields.value
    end as value,
    fields.status,
    fields.reasons,
    fields.message,
    fields.resolve,
    fields.is_blocking_export,
    fields.resolution,
from with_embedded as fields
left join formulas on fields.field = formulas.field and fields.parsed_text = formulas.text
left join int_texts__terms as terms on formulas.text is not null and fields.parsed_text = terms.raw
left join scalars on fields.field = scalars.field
order by
    list_position([
        'match_formula', 'nonelective_formula', 'vesting_schedule', 'eligibility', 'match_eligibility_criteria',
        'nonelective_eligibility_criteria'
    ], fields.field) nulls last,
    fields.field
