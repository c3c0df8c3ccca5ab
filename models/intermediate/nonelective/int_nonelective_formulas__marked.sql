-- Grain: one row per distinct nonelective text, from the nonelective column (as written) or from inside a match formula
-- (as its terms).
-- Decided here: what each stretch of the text is; whatever no rule accounts for is left over, by name.
--   formula := part { sep part } ;  part := rate | rate band | band rate | range | discretionary | pension | condition | note
--   rate := P [of pay] ;  band := service band | under A | A-B | A+ (ages)
with

columns as (
    select distinct nonelective_formula_raw as text
    from {{ ref('stg_design_matrix__plans') }}
    where nonelective_formula_raw is not null
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
        and core_terms not in (select columns.text from columns)
),

phrased as (
    select
        *,
        {{ rewritten(rewritten('terms', match_phrases() + service_bands_marked() + age_bands_marked() + conditions_marked()), match_notes()) }}
            as phrased_text,
    from texts
),

marked as (
    select
        *,
        {{ rewritten('phrased_text', nonelective_marked()) }} as marked_text,
    from phrased
)

select
    *,
    regexp_extract_all(marked_text, '<[^>]*>') as marks,
    list_filter(
        string_split(trim(regexp_replace(regexp_replace(marked_text, '<[^>]*>', ' ', 'g'), ' +', ' ', 'g')), ' '),
        lambda token: token not in ('', ',', ';', '+')
    ) as leftover_tokens,
from marked
