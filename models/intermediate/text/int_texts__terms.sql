{{ config(post_hook="{{ readings_stamped(ref('vocabulary'), is_seed=true) }}") }}
-- Grain: one row per distinct formula text of the load, whatever column it stood in.
-- Decided here: how a text is spelled - repaired, cut into tokens, every word replaced by its term (seed vocabulary);
-- a word that the vocabulary does not know becomes `?word` and stays, so that no grammar can pass over it.
with

texts as (
    {% for column in [
        'match_formula_text', 'nonelective_formula_text', 'vesting_schedule_text', 'eligibility_text',
        'match_eligibility_criteria_text', 'nonelective_eligibility_criteria_text',
    ] -%}
    select {{ column }} as raw,
    from {{ ref('int_plan_texts__chosen') }}
    where {{ column }} is not null
    {% if not loop.last %}union{% endif %}
    {% endfor %}
),

repaired as (
    select
        raw,
        {{ repaired('raw') }} as repaired_text,
    from texts
    where {{ not_read_yet('raw', ref('vocabulary'), is_seed=true) }}
),

lexed as (
    select
        raw,
        repaired_text,
        {{ lexed('repaired_text') }} as lexed_text,
    from repaired
),

tokens as (
    select
        raw,
        generate_subscripts(string_split(lexed_text, ' '), 1) as position,
        unnest(string_split(lexed_text, ' ')) as token,
    from lexed
    where lexed_text <> ''
),

-- `ofthefirst` is taken apart, a word that the vocabulary knows as a whole is not
words as (
    select
        tokens.raw,
        tokens.position,
        case
            when vocabulary.spelling is not null then [tokens.token]
            when array_to_string(regexp_extract_all(tokens.token, '{{ glued_words() }}'), '') <> tokens.token
                then [tokens.token]
            else regexp_extract_all(tokens.token, '{{ glued_words() }}')
        end as parts,
    from tokens
    left join {{ ref('vocabulary') }} as vocabulary on tokens.token = vocabulary.spelling
),

parts as (
    select
        raw,
        position,
        generate_subscripts(parts, 1) as part,
        unnest(parts) as word,
    from words
),

named as (
    select
        parts.raw,
        parts.position,
        parts.part,
        parts.word,
        case
            when vocabulary.spelling is not null then coalesce(vocabulary.term, '')
            when regexp_full_match(parts.word, '[0-9.]+|[%$(),;:+/=&|-]|[0-9]+th') then parts.word
            else '?' || parts.word
        end as term,
    from parts
    left join {{ ref('vocabulary') }} as vocabulary on parts.word = vocabulary.spelling
),

strung as (
    select
        raw,
        string_agg(term, ' ' order by position, part) filter (where term <> '') as joined_terms,
    from named
    group by raw
),

joined as (
    select
        raw,
        {{ sponsor_dropped(numbers_composed('joined_terms')) }} as terms,
    from strung
),

-- `fifty percent (50%)`: a number said twice counts once where both say the same, and contradicts itself where not
said_twice as (
    select
        raw,
        terms,
        regexp_extract_all(terms, '[?]([^ ]+)', 1) as unknown_words,
        regexp_extract_all(terms, '{{ number_said_twice() }}', 1) as said_first,
        regexp_extract_all(terms, '{{ number_said_twice() }}', 3) as said_again,
    from joined
),

read_now as (
    select
        lexed.raw,
        lexed.repaired_text,
        regexp_replace(lexed.lexed_text, '\b(?:sponsorname|endofname) ', '', 'g') as lexed_text,
        coalesce(said_twice.unknown_words, []) as unknown_words,
        coalesce(said_twice.said_first <> said_twice.said_again, false) as has_words_and_figures_differing,
        case
            when said_twice.said_first = said_twice.said_again
                then {{ condensed(said_once('said_twice.terms')) }}
            else {{ condensed("coalesce(said_twice.terms, '')") }}
        end as terms,
    from lexed
    left join said_twice on lexed.raw = said_twice.raw
)

select *,
from read_now
union all by name
select before.*,
from {{ read_before('read_now', ref('vocabulary'), is_seed=true) }} as before
where before.raw in (select texts.raw, from texts)
