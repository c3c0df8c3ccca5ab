-- Grain: one row per distinct match formula text.
-- Decided here: what each stretch of the text is. Every construct that a rule recognises becomes one mark, the nonelective
-- part is set apart, and what is left over is kept by name, so that nothing of a text can go unread.
--   formula := [label] part { sep part } ;  part := tier | band | cap | condition | name | nonelective | note
--   tier    := rate [match] [of deferral] limit [of pay] | limit match at rate
--   limit   := first P | up_to P | next P | from P to P | of P ;  rate := P | $a per $b | N cents per dollar
--   band    := A-B years | under B years | A+ years ;  cap := max $N a year | max P of pay ;  sep := , ; + and then
with

texts as (
    select distinct match_formula_raw as raw
    from {{ ref('stg_design_matrix__plans') }}
    where match_formula_raw is not null
),

phrased as (
    select
        terms.*,
        {{ rewritten('terms.terms', match_phrases()) }} as phrased_text,
    from texts
    inner join {{ ref('int_texts__terms') }} as terms on texts.raw = terms.raw
),

bounded as (
    select
        *,
        {{ rewritten('phrased_text', match_caps() + service_bands_marked() + conditions_marked()) }} as bounded_text,
    from phrased
),

tiered as (
    select
        *,
        {{ rewritten(rewritten('bounded_text', match_notes()), match_tiers_marked()) }} as tiered_text,
    from bounded
),

named as (
    select
        *,
        {{ rewritten('tiered_text', match_names_marked()) }} as named_text,
    from tiered
),

-- nonelective money: from the separator before it to the next mark or semicolon
parted as (
    select
        *,
        regexp_extract_all(named_text, '{{ nonelective_part() }}') as core_parts,
        regexp_replace(named_text, '{{ nonelective_part() }}', ' ; ', 'g') as match_text,
    from named
),

closed as (
    select
        *,
        {{ rewritten('match_text', match_closings()) }} as marks_text,
    from parted
)

select
    raw,
    repaired_text,
    lexed_text,
    terms,
    named_text as marked_text,
    has_words_and_figures_differing,
    unknown_words,
    trim(array_to_string(core_parts, ' ; '), ' ;,+') as core_terms,
    regexp_extract_all(marks_text, '<[^>]*>') as marks,
    list_filter(
        string_split(trim(regexp_replace(regexp_replace(marks_text, '<[^>]*>', ' ', 'g'), ' +', ' ', 'g')), ' '),
        lambda token: token not in ('', ',', ';', '+')
    ) as leftover_tokens,
from closed
