{#- Why a nonelective formula is not settled: the first check that fails, null where all hold; `none` and `defined_benefit`
    are outcomes. Reads the columns of `stated` in int_nonelective_formulas__parsed. -#}
{% macro nonelective_reason() -%}
    case
        when lexed_text in {{ unknown_texts() }} then 'unknown'
        when has_words_and_figures_differing then 'words_and_figures_differ'
        when telling_marks = [] and not regexp_full_match(terms, '[^a-z]*not[^a-z]*') and regexp_full_match(leftover_text, '{{ no_nonelective_wordings() }}')
            and not ({{ has_misplaced_not('lexed_text') }}) then 'none'
        when telling_marks = [] and regexp_full_match(leftover_text, '(?:db|nonelective|plan|frozen|deferral|contribute|balance)(?: (?:db|nonelective|plan|deferral|balance))*')
            and regexp_matches(leftover_text, '\bdb\b') then 'defined_benefit'
        when len(ranges) = 1 and rate_count is null then 'range_without_schedule'
        when bare_rate is not null then null
        when regexp_full_match(lexed_text, '[0-9.]+') then 'unrecognised_text'
        when ranges <> [] or regexp_matches(leftover_text, '\bvaries\b|\bbased\b') then 'range_without_schedule'
        when regexp_matches(leftover_text, '\bdb\b') then 'unrecognised_text'
        when regexp_matches(leftover_text, '\b(until|before)\b|@date') then 'several_formulas'
        when regexp_matches(leftover_text, '\b(union|job|other|part|full)\b') then 'several_groups'
        when regexp_matches(leftover_text, '\bor\b') then 'several_formulas'
        when regexp_matches(leftover_text, '\$[0-9]') then 'dollar_tiers'
        when leftover_tokens <> [] or unknown_words <> [] then 'unrecognised_text'
        when is_discretionary and coalesce(rate_count, 0) = 0 and bands_stated = 0 then null
        when rate_count is null or has_bad_rate then 'unrecognised_text'
        when bands_stated = 0 and rate_count > 1 then 'several_formulas'
        when bands_stated <> band_count or rate_count <> band_count and bands_stated > 0 or band_kinds > 1 then 'unrecognised_text'
        when is_discretionary and bands_stated > 0 then 'unrecognised_text'
        when band_problem is not null then band_problem
        when has_conflicting_conditions then 'unrecognised_text'
    end
{%- endmacro %}
