{#- Asides of a formula that speak of something else: its vesting, which has a column of its own; what employees may defer;
    a worked example (`<example:>`, whose figures are checked against the tiers before it is passed over). None of them passes over
    a negation: an example that has one is a `counterexample`, which is left over. -#}
{% macro asides_dropped() -%}
    {%- set p = token_patterns().percent -%}
    {%- set about_vesting = '[0-9]+%|[0-9]+y|[0-9]+|after|each|per|of|service|year|immediate|full|over|in|at|on|for|and|/|-|cliff|graded|vested|annual|basis' -%}
    {%- set vesting = '(?:(?:' ~ about_vesting ~ ') )*(?:vested|cliff|graded)(?: (?:' ~ about_vesting ~ '))*' -%}
    {{- return([
        ['([;,(]) (?:(?:match|deferral|nonelective|employee|in) )*' ~ vesting ~ '( [;,)]|$)', '\\1 \\2'],
        ['(^|; )employee may (?:elective |contribute |deferral )*(?:up_to |from |between )?(?:' ~ p ~ ' (?:to|-|and|up_to) )?' ~ p ~ '(?: of pay)?(?: (?:to|as|in) (?:plan|deferral))*( ;|$)', '\\1\\2'],
        ['; (?:for )?(example [^;]*(?:\\b(?:not|no|none|without|except|other)|[?]non)\\b)', '; counter\\1'],
        ['; (?:for )?example [^;]*', '; '],
    ]) -}}
{%- endmacro %}

{#- The sentences of a text that give an example. -#}
{% macro examples_of(expression) -%}
    array_to_string(regexp_extract_all({{ expression }}, '; (?:for )?example [^;]*'), ' ')
{%- endmacro %}
