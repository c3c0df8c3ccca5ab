{#- The stretch of a match formula that speaks of nonelective money. Words that a match is made of, and conjunctions, are
    guarded as `<word:...>` first, so that a stretch begins behind them and cannot take a match, or an `or`, along. -#}
{% macro match_words_guarded() -%}
    {{- return([
        ['\\b(match|up_to|first|next|cents|over|and|plus|then|or|but|except|other|only|not|no)\\b', '<word:\\1>'],
        ['([0-9.]+~[0-9.]+)', '<word:\\1>'],
        ['<word:no> nonelective', 'no nonelective'],
    ]) -}}
{%- endmacro %}

{% macro match_words_released() -%}
    {{- return([['<word:([^>]*)>', '\\1']]) -}}
{%- endmacro %}

{#- The same for the nonelective part, which says `discretionary` in words: its own parser marks it. -#}
{% macro core_words_released() -%}
    {{- return(match_words_released() + [['<discretionary:[^>]*>', 'discretionary']]) -}}
{%- endmacro %}

{#- Whether a nonelective part holds more rates than one provision has - one, a range, or one for each band - so that some of
    them may be the match's, or holds none and only qualifies the match (`for core employees`). -#}
{% macro is_crowded(part) -%}
    {%- set p = token_patterns().percent -%}
    len(regexp_extract_all(regexp_replace({{ part }}, '{{ p }} (?:to|through|-|<word:and>) {{ p }}', 'P', 'g'), 'P|{{ p }}'))
    - len(regexp_extract_all({{ part }}, '<range:[^>]*>')) > greatest(1, len(regexp_extract_all({{ part }}, '<service:')))
    or regexp_matches({{ part }}, '^ ?(?:for|in|to|of|by|at|from|without)\b')
    and not regexp_matches({{ part }}, '{{ p }}|[<$]|\b(?:no|none|discretionary)\b')
{%- endmacro %}

{% macro nonelective_part() -%}
    {%- set p = token_patterns().percent -%}
    {%- set service = '\\(? ?<service:[^>]*> ?\\)?' -%}
    {%- set condition = '<(?:hours|lastday|waityears|waitmonths|waitdays|age):[^>]*>' -%}
    {%- set inner = '<(?:service|range|dated):[^>]*>|' ~ condition -%}
    {%- set bounds = '<word:(?:up_to|first|over|next)>' -%}
    {%- set behind = '[^<>;,+()]|' ~ inner ~ '|<discretionary:>|' ~ bounds ~ '|\\((?:[^()<>]|' ~ inner ~ '|<word:and>)*\\)' -%}
    {%- set next_band = '(?: ?[,;+]| <word:and>)+ (?:' ~ p ~ '(?: of pay)?(?: for| if)* ' ~ service ~ '|' ~ service ~ ' ?[:=-]? ' ~ p ~ ')' -%}
    {%- set more = ' ?, ?(?:' ~ condition ~ '|(?:varies|based)\\b[^<>;,+()]*)' -%}
    {{- return('(?:[^<>;,(+]|' ~ inner ~ ')*\\bnonelective\\b(?:' ~ behind ~ '|' ~ next_band ~ '|' ~ more ~ ')*') -}}
{%- endmacro %}

{#- What a clause that names nonelective money still says once that part, the marks and the plain connectives are taken out of
    it: `or 4%` in `NEC 3% or 4%`. -#}
{% macro clause_left_behind(guarded) -%}
    trim(array_to_string(list_transform(
        list_filter(string_split({{ guarded }}, ';'), lambda clause: regexp_matches(clause, '\bnonelective\b')),
        lambda clause: array_to_string(list_filter(
            string_split({{ rewritten("regexp_replace(clause, '" ~ nonelective_part() ~ "', ' ', 'g')", [
                ['<word:(?:and|plus|then|match)>', ' '],
                ['<word:([^>]*)>', ' \\1 '],
                ['<[^>]*>', ' '],
            ]) }}, ' '),
            lambda token: token not in ('', ',', '+', '(', ')', ':', '-', '/', '|', 'match', 'for', 'of', 'with', 'on', 'total', 'employee')
        ), ' ')
    ), ' '))
{%- endmacro %}

{#- Whether a dollar cap stands behind nonelective money without a tier between: nobody can tell whose cap it is. -#}
{% macro has_cap_behind_core(named) -%}
    regexp_matches(
        {{ named }},
        '\bnonelective\b(?:[^<]|<(?:service|range|dated|hours|lastday|waityears|waitmonths|waitdays|age|discretionary|max|beyond)[^>]*>)*<(?:cap|periodcap):'
    )
{%- endmacro %}
