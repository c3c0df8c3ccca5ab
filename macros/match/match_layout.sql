{#- The order in which the marks of a match formula stand, one letter each with the signs between them: T tier, N next tier, S service band,
    C dollar cap, D discretionary, M discretionary match, W condition, E date of effect, B nothing thereafter; `and`, `then`, `plus` are +. -#}
{% macro match_layout(expression) -%}
    {%- set rules = [
        ['<tier:[^:>]*:next:[^>]*>', 'N'], ['<tier:[^>]*>', 'T'], ['<service:[^>]*>', 'S'], ['<cap:[^>]*>', 'C'], ['<discretionary:>', 'D'], ['<discretionary:own>', 'M'],
        ['<beyond:>', 'B'], ['<(?:hours|lastday|age|wait[a-z]*):[^>]*>', 'W'], ['<dated:[^>]*>', 'E'], ['<[^>]*>', 'X'],
        ['\\b(?:and|then|plus)\\b|&', '+'], [' - ', '/'], ['[^TNSCDMBWEX;,+():=|/]', ''],
    ] -%}
    {{- rewritten(expression, rules) -}}
{%- endmacro %}

{#- Why a layout has more than one reading: dates or discretion between the tiers make several formulas, a tier in brackets or
    behind a colon may be another one; a condition or a dollar cap among tiers may belong to one of them only;
    a tier behind `none thereafter` contradicts it. -#}
{% macro layout_problem(layout) -%}
    case
        when regexp_matches({{ layout }}, 'E.*E|[TN].*E.*[TN]|[TN][(:=|]+T|[TN].*[DM].*[TN]|[TN].*[;,+].*M') then 'several_formulas'
        when regexp_matches({{ layout }}, 'B.*[TN]|[TN].*C.*[TN]|[TN].*W.*[TN]|[TN].*[TN][+]?W') then 'unrecognised_text'
    end
{%- endmacro %}

{#- Whether tiers that nothing, a slash or a dash parts rise from one to the next: then they may be two formulas, not tiers of one. -#}
{% macro is_rising_unparted(layout, tiers) -%}
    regexp_matches({{ layout }}, '[TN][/|:=()]*T')
    and list_reverse_sort(list_transform({{ tiers }}, lambda tier: tier.match_rate))
        <> list_transform({{ tiers }}, lambda tier: tier.match_rate)
{%- endmacro %}
