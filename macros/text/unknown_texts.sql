{#- Lexed texts that say only that nobody knows: unknown, which is never an explicit none. -#}
{% macro unknown_texts() -%}
    ('', '-', '- -', '- - -', '?', '? ?', '? ? ?', 'tbd', 't b d', 'unknown', 'unk', 'to be determined', 'not known', 'pending')
{%- endmacro %}
