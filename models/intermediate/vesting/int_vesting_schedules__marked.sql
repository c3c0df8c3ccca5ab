{{ config(post_hook="{{ readings_stamped(ref('int_texts__terms')) }}") }}
-- Grain: one row per distinct raw text, whatever column it stood in.
-- Decided here: which constructs of the vesting grammar a text holds, and which tokens no rule understood.
--
--   schedule  = clause { separator clause } ;          separator = "," | ";" | ":" | "-" | "/" | "(" | ")" | "and"
--   clause    = [ money ] ( name | rate | points | list | immediate ) | event | hours | note
--   name      = n "-year" ( "cliff" | "graded" | "ratable" ) | "cliff" n | [ a "-" b ] "graded" [ n ]
--             | "QACA" n "-year"
--   rate      = p "% per year" [ "over" n "years" ] [ "starting" n ]
--   points    = p "%" ( "after" | "at" ) n | n "years" ":" p "%" | a "-" b "years" p "%" | "less than" n "years 0%"
--   list      = "0" ( "/" p )+ | "0" ( "," p )+ ...    one value per completed year, from 0 years on
--   immediate = "immediate" | [ "always" ] ( "100%" | "fully" ) "vested" [ "upon hire" | "at all times" ]
--   event     = [ "100% vested" ] "upon" ( "death" | "disability" | "retirement" )+          settles nothing
--   hours     = what counts as a year of service                                             settles nothing
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
        {{ vesting_marks('terms') }} as marks,
    from condensed
),

read_now as (
    select
        raw,
        repaired_text as formula_text,
        terms,
        marks,
        {{ leftover_tokens('marks', [
            'and', 'vested', 'employee', 'employer', 'contribution', 'plan', 'year', 'of', 'in'
        ]) }} as leftover_tokens,
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
