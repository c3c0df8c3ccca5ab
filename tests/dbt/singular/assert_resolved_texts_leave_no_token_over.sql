-- Without it a formula could count as understood while a word of it was passed over: a wrong parse, the worst thing
-- there is. Tokens that no mark stands for may be left only where the whole text is one of the wordings for none, a
-- pension, or a bare number of a column of rates; an unknown word (`?word`) never.
with

texts as (
    select
        'match formula' as parser,
        raw as text,
        kind,
        status,
        leftover_tokens,
        kind = 'none' as is_wording_allowed,
    from {{ ref('int_match_formulas__parsed') }}
    union all
    select
        'nonelective formula' as parser,
        text,
        kind,
        status,
        leftover_tokens,
        kind in ('none', 'defined_benefit')
        or (kind = 'flat' and regexp_full_match(array_to_string(leftover_tokens, ' '), '[0-9]*[.]?[0-9]+'))
            as is_wording_allowed,
    from {{ ref('int_nonelective_formulas__parsed') }}
    union all
    select
        'vesting schedule' as parser,
        raw as text,
        vesting_kind as kind,
        status,
        leftover_tokens,
        false as is_wording_allowed,
    from {{ ref('int_vesting_schedules__parsed') }}
    union all
    select
        'eligibility' as parser,
        raw as text,
        null as kind,
        status,
        leftover_tokens,
        false as is_wording_allowed,
    from {{ ref('int_eligibilities__parsed') }}
)

select *,
from texts
where
    status is distinct from 'unresolved'
    and coalesce(
        list_bool_or(list_transform(leftover_tokens, lambda token: starts_with(token, '?')))
        or (leftover_tokens <> [] and not is_wording_allowed),
        leftover_tokens is null or leftover_tokens <> []
    )
