{#- Whether a `not` of a lexed text stands where no sentence has it: behind an article (`the not Company will match`) or another word
    that denies nothing, or in front of a noun (`will match not your contributions`). The terms, which drop such words, can't tell. -#}
{% macro has_misplaced_not(lexed_text) -%}
    {%- set auxiliary = 'does|do|did|will|shall|is|are|was|were|has|have|currently' -%}
    {%- set noun = 'match|matching|matches|contributions?|nonelective|plan' -%}
    {%- set participle = 'offered|provided|made|applicable|apply|available|allowed|permitted|matched|currently' -%}
    regexp_matches(regexp_replace(
        {{ lexed_text }}, '(?:^|\b(?:{{ auxiliary }}) )not\b|\b(?:{{ noun }}) not (?:{{ participle }})\b', 'denied', 'g'
    ), '\bnot\b')
    or regexp_matches({{ lexed_text }}, '\bnot (?:the|our|its|your|their|company|employer|employers|er|sponsor|we|plan|it)\b')
{%- endmacro %}
