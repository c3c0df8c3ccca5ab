-- Grain: one row per distinct nonelective text, from the nonelective column (as written) or from inside a match formula
-- (as its terms).
-- Decided here: what each stretch of the text is; whatever no rule accounts for is left over, by name.
--   formula := part { sep part } ;  sep := , ; + and then plus
--   part    := rate | rate band | band rate | range | discretionary | pension | condition | note | aside
--   rate    := P [of pay] ;  band := service band | under A | A-B | A+ (ages)
with

columns as (
    select distinct nonelective_formula_text as text,
    from {{ ref('int_plan_texts__chosen') }}
    where nonelective_formula_text is not null
),

texts as (
    select
        columns.text,
        terms.repaired_text,
        terms.lexed_text,
        terms.terms,
        terms.unknown_words,
        terms.has_words_and_figures_differing,
    from columns
    inner join {{ ref('int_texts__terms') }} as terms on columns.text = terms.raw
    union
    select
        core_terms as text,
        core_terms as repaired_text,
        core_terms as lexed_text,
        core_terms as terms,
        [] as unknown_words,
        false as has_words_and_figures_differing,
    from {{ ref('int_match_formulas__parsed') }}
    where
        core_terms is not null
        and core_terms not in (select columns.text, from columns)
),

phrased as (
    select
        *,
        {{ rewritten('terms', employee_money_guarded() + match_phrases() + asides_dropped()) }} as worded_text,
    from texts
),

bounded as (
    select
        *,
        {{ rewritten(
            'worded_text', service_bands_marked() + age_bands_marked() + conditions_marked() + match_notes()
        ) }} as bounded_text,
    from phrased
),

marked as (
    select
        *,
        {{ rewritten('bounded_text', nonelective_marked()) }} as marked_text,
    from bounded
)

select
    *,
    regexp_extract_all(marked_text, '<[^>]*>') as marks,
    list_filter(
        string_split(trim(regexp_replace(regexp_replace(marked_text, '<[^>]*>', ' ', 'g'), ' +', ' ', 'g')), ' '),
        lambda token: token not in ('', ',', ';', '+')
    ) as leftover_tokens,
from marked
