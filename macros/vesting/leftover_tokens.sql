{#- The tokens of a marked text that are neither marks nor separators nor one of `noise`: nothing may be resolved while there are any. -#}
{% macro leftover_tokens(marks, noise=[]) -%}
    list_filter(
        string_split(trim(regexp_replace(regexp_replace({{ marks }}, '<[A-Z][^<>]*>', ' ', 'g'), ' +', ' ', 'g')), ' '),
        lambda token: token not in ('', ',', ';', ':', '-', '/', '(', ')', '"', ''''{% for word in noise %}, '{{ word }}'{% endfor %}))
{%- endmacro %}
