{#- Why the columns of int_eligibilities__parsed settle no conditions; null where they do. The first reason that holds is the one given. -#}
{% macro eligibility_reason() -%}
    {%- set groups = 'union|nonunion|cba|salaried|hourly|faculty|staff|executives?|physicians?|nurses?|hce|hces|nhce|nhces|varies|vary|varied|depending|depends|location|hires|hired|class|grandfathered|others?|rehired|rehires' -%}
    case
        when is_unknown then 'unknown'
        when contains(terms, 'pension') then 'defined_benefit'
        when has_differing_figures then 'words_and_figures_differ'
        when len(list_intersect(leftover_tokens, ['or', 'either', 'earlier', 'earliest'])) > 0 then 'alternative_conditions'
        when exists (select 1 from unnest(leftover_tokens) as t(token) where regexp_full_match(token, '{{ groups }}'))
            or len(list_distinct(regexp_extract_all(marks, '<CLASS:[A-Z]+>'))) > 1 then 'several_groups'
        when len(leftover_tokens) > 0 then 'unrecognised_text'
        when general_conditions.count + deferral_conditions.count + match_conditions.count + core_conditions.count = 0 then 'unrecognised_text'
        when general_conditions.is_contradictory or deferral_conditions.is_contradictory or match_conditions.is_contradictory
            or core_conditions.is_contradictory then 'alternative_conditions'
        -- a money type without a condition; a condition after the money types, which may be anybody's
        when len(list_filter(money_clauses, lambda clause: not regexp_matches(clause, '<[A-RT-Z]'))) > 0 then 'several_groups'
        when len(list_filter(clauses, lambda clause, i: not contains(clause, '<S:') and len(list_filter(clauses[:i - 1], lambda earlier: contains(earlier, '<S:'))) > 0)) > 0 then 'several_groups'
        -- `1 year, 1000 hours for match`: the year may be everybody's; `Age 21, immediate for deferrals, ...` likewise
        when len(money_clauses) = 1 and regexp_matches(clauses[1], '(?:,|<(?:IMMEDIATE|(?:YEARS|MONTHS|DAYS|WEEKS|HOURS|AGE|CLASS):[^>]*)> <[A-DF-RT-Z]).*<S:') then 'several_groups'
        when len(money_clauses) > 1 and regexp_matches(clauses[1], '^(?:<(?:AGE|CLASS):[^>]*> <[A-RT-Z]|<(?:AGE|CLASS|ENTRY)[^,]*, ).*<S:') then 'several_groups'
        when len(list_filter([deferral_body, match_body, core_body], lambda body: contains(body, '<IMMEDIATE>') and regexp_matches(body, '<(?:HOURS|LASTDAY)'))) > 0 then 'several_groups'
    end
{%- endmacro %}
