{#- Why a match formula is not settled: the first check that fails, null where all hold; `none` for an explicit none.
    Reads the columns of `settled` in int_match_formulas__parsed. -#}
{% macro match_reason() -%}
    case
        when lexed_text in {{ unknown_texts() }} then 'unknown'
        when has_words_and_figures_differing then 'words_and_figures_differ'
        when telling_marks = [] and regexp_full_match(leftover_text, '{{ none_wordings() }}') and not ({{ has_misplaced_not('lexed_text') }}) then 'none'
        when {{ is_rising_unparted('layout', 'stated_tiers') }} then 'several_formulas'
        when has_crowded_core then 'several_formulas'
        when has_cap_behind_core then 'dollar_tiers'
        when telling_marks = [] and leftover_tokens = [] and unknown_words = [] and core_terms <> ''
            and not regexp_matches(marked_text, '\bmatch\b') then 'nonelective_only_plan'
        when regexp_matches(leftover_text, '\bdb\b') then 'defined_benefit'
        when ranges <> [] or regexp_matches(leftover_text, '\bvaries\b|\bbased\b') then 'range_without_schedule'
        when period_caps <> [] then 'cap_per_period'
        when regexp_matches(leftover_text, '\b(until|before|@date)\b|@date') then 'several_formulas'
        when regexp_matches(leftover_text, '\b(union|job|other|part|full)\b') then 'several_groups'
        when regexp_matches(leftover_text, '\bor\b') then 'several_formulas'
        when regexp_matches(leftover_text, '(first|next|up_to|of|over|to) \$[0-9]') then 'dollar_tiers'
        when regexp_matches(leftover_text, '^(match )?{{ token_patterns().rate }}( of| on| match| all)*( deferral)?( match| of pay)*$')
            and regexp_matches(leftover_text, '100%|deferral|(^| )[2-9][0-9]([.][0-9]+)?%|~') then 'no_limit'
        when settled_tiers is null and bands is null and unknown_words = []
            and regexp_matches(leftover_text, '{{ token_patterns().percent }}') then 'no_match_rate'
        when leftover_tokens <> [] or unknown_words <> [] then 'unrecognised_text'
        when len({{ marks_named('marks', 'shared') }}) > if({{ has_shared_tiers('marks') }}, 1, 0) then 'unrecognised_text'
        when len(services) <> coalesce(banded, 0) or (banded > 0 and unbanded > 0) then 'unrecognised_text'
        when layout_problem is not null then layout_problem
        when problem is not null then problem
        when has_conflicting_conditions then 'unrecognised_text'
        when len(list_distinct(dollar_caps)) > 1 or dollar_caps <> [] and coalesce({{ money_value('dollar_caps[1]') }}, 0) = 0
            then 'unrecognised_text'
        when maxima_for <> [] and ((stated_tiers is not null or bands is not null) or len(maxima_for) > 1) then 'several_formulas'
        when maxima_for <> []
            and (settled_percentage, settled_deferral) in ((0.04, 0.05), (0.035, 0.06)) then 'shape_not_stated'
        when maxima_for <> [] and not coalesce(settled_percentage <= settled_deferral * 3 and settled_deferral between 0.000001 and 1, false)
            then 'unrecognised_text'
        when len(list_distinct(names)) > 1 then 'several_formulas'
        when names <> [] and maxima_for <> [] then 'several_formulas'
        when names <> [] and settled_tiers is null then 'shape_not_stated'
        when names <> [] and bands is not null then 'stated_rate_contradicts_tiers'
        when names <> [] and stated_tiers is not null and not {{ is_safe_harbor('names', 'stated_tiers', 'named_tiers') }}
            then 'stated_rate_contradicts_tiers'
        when {{ any_rate_differs('stated_maxima', 'settled_percentage') }} or {{ any_rate_differs('stated_ends', 'settled_deferral') }}
            then 'stated_rate_contradicts_tiers'
        when {{ any_example_differs('example_rates', 'settled_tiers', 'settled_percentage') }} then 'stated_rate_contradicts_tiers'
        when settled_tiers is null and bands is null and not is_discretionary then 'no_match_rate'
        when highest_rate > 3 then 'unrecognised_text'
    end
{%- endmacro %}
