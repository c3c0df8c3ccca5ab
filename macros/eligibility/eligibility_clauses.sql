{#- Marks cut into clauses of one money type each, as a list of texts. A part (between semicolons) that begins with a money type
    is `match: 1 year, core: 2 years`, any other `1 year for match, 2 years for core`. `Immediate, 1000 hours for core` is a general
    clause and one for core: immediate and a number of hours do not describe the same money. -#}
{% macro eligibility_clauses(marks) -%}
    {%- set rules = [
        ['; (?:and|plus)\\b|\\b(?:and|plus) ;', ', and'], ['[(]|\\b(?:and|plus)\\b', ' & '], ['<NOTE>|[)"]| [:-] |\\b(?:employee|required|plan)\\b', ' '], [' / ', ' , '], [' +', ' '],
        ['(?:^|([,;] ?))(?:& )+|(?:& )*(<S:)', '\\1\\2'], ['& ?($|[,;])', '\\1'], ['(?:& )+', '& '], ['(?:, ?)+', ', '], ['^[ ,]+|[ ,]+$', ''],
        ['^(<IMMEDIATE>) , ([^;]*<S:)', '\\1 ; \\2'],
    ] -%}
    list_filter(list_transform(flatten(list_transform(string_split({{ rewritten(marks, rules) }}, ';'), lambda part:
        string_split(
            case
                when starts_with(trim(part, ' ,&'), '<S:') then regexp_replace(part, '<S:', '|<S:', 'g')
                else regexp_replace(part, '(<S:[A-Z]+>)', '\1|', 'g')
            end, '|'))),
        lambda clause: trim(clause, ' ,&')), lambda clause: clause <> '')
{%- endmacro %}
