{{ config(post_hook="{{ readings_stamped(ref('int_texts__terms')) }}") }}
-- Grain: one row per distinct match formula text.
-- Decided here: what each stretch of the text is. Every construct that a rule recognises becomes one mark, the
-- nonelective part is set apart, and what is left over is kept by name, so that nothing of a text can go unread.
--   formula := [label] part { sep part } ;  sep := , ; + and then plus
--   part    := tier | band | cap | condition | name | discretionary | nonelective | note | aside
--   tier    := rate [match] [of deferral] limit [of pay] | limit match at rate
--   limit   := first P | up_to P | next P | from P to P | of P ;  rate := P | $a per $b | N cents per dollar
--   band    := A-B years | under B years | A+ years ;  cap := max $N a year | max P of pay
--   aside   := vesting | what employees may defer | a worked example ;  note := date of effect | document | true-up
with

texts as (
    select distinct match_formula_text as raw,
    from {{ ref('int_plan_texts__chosen') }}
    where match_formula_text is not null
),

phrased as (
    select
        terms.*,
        {{ rewritten('terms.terms', match_phrases()) }} as phrased_text,
    from texts
    inner join {{ ref('int_texts__terms') }} as terms on texts.raw = terms.raw
    where {{ not_read_yet('texts.raw', ref('int_texts__terms')) }}
),

aside as (
    select
        *,
        {{ rewritten('phrased_text', asides_dropped()) }} as stated_text,
    from phrased
),

bounded as (
    select
        *,
        {{ rewritten('stated_text', match_caps() + service_bands_marked() + conditions_marked()) }} as bounded_text,
    from aside
),

tiered as (
    select
        *,
        {{ rewritten(rewritten('bounded_text', match_notes()), match_tiers_marked()) }} as tiered_text,
    from bounded
),

-- rates of bands; in a text about nonelective money they may be that money's
shared as (
    select
        *,
        case
            when contains(tiered_text, 'nonelective') then tiered_text
            else {{ rewritten('tiered_text', shared_limit_marked()) }}
        end as shared_text,
    from tiered
),

named as (
    select
        *,
        {{ rewritten('shared_text', match_names_marked()) }} as named_text,
    from shared
),

guarded as (
    select
        *,
        {{ rewritten('named_text', match_words_guarded()) }} as guarded_text,
    from named
),

-- nonelective money: from the separator before it to the next mark or separator
parted as (
    select
        *,
        regexp_extract_all(guarded_text, '{{ nonelective_part() }}') as core_parts,
        regexp_replace(guarded_text, '{{ nonelective_part() }}', ' ; ', 'g') as guarded_match_text,
    from guarded
),

released as (
    select
        *,
        {{ rewritten('guarded_match_text', match_words_released()) }} as match_text,
        {{ rewritten("trim(array_to_string(core_parts, ' ; '), ' ;,+')", core_words_released()) }} as core_part,
        {{ clause_left_behind('guarded_text') }} as core_rest,
    from parted
),

closed as (
    select
        *,
        {{ rewritten('match_text', match_closings()) }} as marks_text,
    from released
),

read_now as (
    select
        raw,
        repaired_text,
        lexed_text,
        terms,
        named_text as marked_text,
        has_words_and_figures_differing,
        regexp_extract_all(stated_text, '[?]([^ ]+)', 1) as unknown_words,
        {{ match_layout('match_text') }} as layout,
        len(list_filter(core_parts, lambda part: {{ is_crowded('part') }})) > 0 as has_crowded_core,
        regexp_extract_all({{ examples_of('phrased_text') }}, '{{ token_patterns().percent }}') as example_rates,
        -- words that the cut left in the clause of the nonelective part may be its own: its parser must know them too
        trim(
            core_part || ' ' || core_rest || case when {{ has_cap_behind_core('named_text') }} then ' max' else '' end
        ) as core_terms,
        {{ has_cap_behind_core('named_text') }} as has_cap_behind_core,
        regexp_extract_all(marks_text, '<[^>]*>') as marks,
        list_filter(
            string_split(trim(regexp_replace(regexp_replace(marks_text, '<[^>]*>', ' ', 'g'), ' +', ' ', 'g')), ' '),
            lambda token: token not in ('', ',', ';', '+')
        ) as leftover_tokens,
    from closed
)

select *,
from read_now
union all by name
select before.*,
from {{ read_before('read_now', ref('int_texts__terms')) }} as before
where before.raw in (select texts.raw, from texts)
