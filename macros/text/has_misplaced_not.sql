{#- Whether a `not` of a lexed text stands where no sentence has it: behind an article (`the not Company will match`) or another
    word that no verb denies, or in front of the employer. The terms, which drop such words, can't tell; alone it says nothing. -#}
{% macro has_misplaced_not(lexed_text) -%}
    {%- set verb = 'does|do|did|will|shall|is|are|was|were|has|have|currently|match|matches|matched|matching|contributions?|nonelective|plan' -%}
    regexp_matches(regexp_replace({{ lexed_text }}, '(^|\b(?:{{ verb }}) )not\b', '\1denied', 'g'), '\bnot\b')
    or regexp_matches({{ lexed_text }}, '\bnot (?:the |our |its )?(?:company|employer|employers|er|sponsor|we|plan|it)\b')
{%- endmacro %}
