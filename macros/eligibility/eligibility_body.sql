{#- The conditions of the clauses that name the money type `letter` (D, M, C), or of those that name none (''), as one text. -#}
{% macro eligibility_body(clauses, letter) -%}
    array_to_string(list_filter({{ clauses }}, lambda clause:
        {% if letter %}regexp_matches(clause, '<S:[A-Z]*{{ letter }}'){% else %}not contains(clause, '<S:'){% endif %}), ' ')
{%- endmacro %}
