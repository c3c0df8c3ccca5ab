{#- Plain text trimmed, null where it says only that nobody knows. -#}
{% macro known_text(raw) -%}
    case when lower(trim({{ raw }})) not in {{ unknown_texts() }} then trim({{ raw }}) end
{%- endmacro %}
