{#- Why the columns of int_vesting_schedules__parsed settle no array; null where they do. The first reason that holds is the one given. -#}
{% macro vesting_reason() -%}
    {%- set groups = 'union|nonunion|cba|salaried|hourly|faculty|staff|executives?|physicians?|nurses?|hce|hces|nhce|nhces|varies|vary|varied|depending|depends|location|division|hospital|hired|class|grandfathered|affiliate|by' -%}
    case
        when is_unknown then 'unknown'
        when contains(terms, 'pension') then 'defined_benefit'
        when has_differing_figures then 'words_and_figures_differ'
        when len(list_distinct(stated_arrays)) > 1 then 'several_schedules'
        when len(leftover_tokens) > 0 and len(stated_arrays) = 0 and len(point_years) = 0
            and regexp_full_match(array_to_string(leftover_tokens, ' '), '(?:other|none|no|see|varies|<|>| )+') then 'no_period'
        when exists (select 1 from unnest(leftover_tokens) as t(token) where regexp_full_match(token, '{{ groups }}')) then 'several_groups'
        when len(leftover_tokens) > 0 then 'unrecognised_text'
        when regexp_matches(names, '<(?:GRADED|CLIFF):[0-9]') then 'unrecognised_text'
        when len(rates) > 1 then 'several_schedules'
        when len(rates) = 1 and rate_years is null then 'never_full'
        when array_ is null and (len(lengths) > 0 or contains(marks, '<EVEN')) and len(stated_arrays) = 0 then 'shape_not_stated'
        when array_ is null and len(rates) > 0 then 'never_full'
        when array_ is null then 'no_period'
        when exists (select 1 from unnest(array_) as t(rate) where rate > 1 or (rate > 0 and rate < 0.01)) or regexp_matches(marks, '<LIST [^>]*\b0[0-9]') then 'unrecognised_text'
        -- `100% vested, upon death` says when, not always; own contributions are always vested, and `401(k): immediate`
        -- may speak of them; one decimal among whole figures is a full stop for a comma
        when contains(marks, '<EVENT>') and len(array_) = 1 and not regexp_matches(terms, 'immediate|always|at all times|hire') then 'no_period'
        when regexp_matches(marks, '<(?:OWN|LABEL)>') and len(array_) = 1 and not regexp_matches(terms, 'employer|match|core|safeharbor') then 'no_period'
        when len(regexp_extract_all(lists[1], '[0-9]\.[0-9]')) = 1 then 'unrecognised_text'
        when array_ is distinct from list_sort(array_) or (len(point_rates) > 1 and point_rates is distinct from list_sort(point_rates)) then 'not_monotone'
        when list_last(array_) < 1 then 'never_full'
        -- from here on the text says two things that do not go together
        when point_years is distinct from list_sort(point_years) or len(list_distinct(point_years)) < len(point_years) then 'several_schedules'
        when len(list_filter(point_years, lambda year_of_service, i: coalesce(array_[year_of_service + 1], 1) <> point_rates[i]
            or (point_rates[i] = 1 and year_of_service > 0 and coalesce(array_[year_of_service], 1) = 1))) > 0 then 'several_schedules'
        when vague_start is not null and (len(list_filter(array_, lambda rate: rate = 0)) not in (vague_start, vague_start + 1)
            or len(list_filter(array_, lambda rate: rate > 0)) <> rate_years) then 'several_schedules'
        when len(list_filter(zero_years, lambda year_of_service: coalesce(array_[year_of_service], 1) > 0 or coalesce(array_[year_of_service + 1], 1) = 0)) > 0 then 'several_schedules'
        when len(list_filter(lengths, lambda year_of_service: year_of_service <> len(array_) - 1)) > 0 then 'several_schedules'
        when len(list_filter(band_ends, lambda year_of_service, i: band_starts[i] - year_of_service not in (0, 1))) > 0 then 'several_schedules'
        when len(lists) > 1 or (len(lists) = 1 and listed is distinct from array_
            and list_filter(listed, lambda rate: rate > 0) is distinct from list_filter(array_, lambda rate: rate > 0)) then 'several_schedules'
        when len(lists) = 1 and listed[1] = 0 and listed is distinct from array_ then 'several_schedules'
        when contains(marks, '<CLIFF>') and (list_sum(array_) <> 1 or len(array_) = 1) then 'several_schedules'
        when contains(marks, '<GRADED>') and list_sum(array_) = 1 then 'several_schedules'
        when contains(marks, '<QACA>') and (list_sum(array_) <> 1 or len(array_) > 3) then 'several_schedules'
        when len(array_) > 21 then 'unrecognised_text'
    end
{%- endmacro %}
