{{ config(post_hook="{{ readings_stamped(ref('int_texts__terms')) }}") }}
-- Grain: one row per distinct raw text, whatever column it stood in.
-- Decided here: which conditions a text holds, for which money type each stands, and which tokens no rule understood.
--
--   eligibility = part { ";" part } ;
--   part        = conditions | { money [":"] conditions } | { conditions "for" money }
--   money       = "deferral" | "match" | "core" | "employer contributions" (match and core) { "and" money }
--   conditions  = condition { ( "," | "and" | "/" | "(" ) condition } ;    "or" between conditions is never resolved
--   condition   = wait | hours | age | entry | class | [ "no" ] "last day rule" | "no age requirement" | note
--   wait        = "immediate" | "upon hire" | "none" | "no waiting period" | n 
--                 ( "years" | "months" | "days" | "weeks" )
--   hours       = n "hours" [ "per year" ]    age = "age" n | n "years of age"    class = "full time" | "part time"
--   entry       = "first of the" ( "month" | "quarter" | "plan year" ) [ "following" ] | "monthly entry"
--                 | "January 1 or July 1" | ...
with

texts as (
    select
        raw,
        repaired_text,
        lexed_text,
    from {{ ref('int_texts__terms') }}
),

worded as (
    select
        raw,
        repaired_text,
        lexed_text,
        {{ provision_words('lexed_text') }} as words,
    from texts
    where {{ not_read_yet('raw', ref('int_texts__terms')) }}
),

condensed as (
    select
        raw,
        repaired_text,
        lexed_text,
        words,
        {{ provision_figures('words') }} as terms,
    from worded
),

marked as (
    select
        raw,
        repaired_text,
        lexed_text,
        words,
        terms,
        {{ eligibility_marks('terms') }} as marks,
    from condensed
),

read_now as (
    select
        raw,
        repaired_text as formula_text,
        terms,
        marks,
        {{ eligibility_clauses('marks') }} as clauses,
        {{ leftover_tokens('marks', ['and', 'plus', 'employee', 'required', 'plan']) }} as leftover_tokens,
        {{ has_differing_figures('words') }} as has_differing_figures,
        lexed_text in {{ unknown_texts() }} as is_unknown,
    from marked
)

select *,
from read_now
union all by name
select before.*,
from {{ read_before('read_now', ref('int_texts__terms')) }} as before
where before.raw in (select texts.raw, from texts)
