{#- The text after a list of rewriting rules, applied in order: [[pattern, replacement], ...] (RE2, global).
    The one way in which a parser changes text: a rule is a row, so a reader can follow one string down the list. -#}
{% macro rewritten(expression, rules) -%}
    {%- set ns = namespace(sql=expression) -%}
    {%- for rule in rules -%}
        {%- set ns.sql = "regexp_replace(" ~ ns.sql ~ ", '" ~ rule[0] | replace("'", "''") ~ "', '" ~ rule[1] | replace("'", "''") ~ "', 'g')" -%}
    {%- endfor -%}
    {{- ns.sql -}}
{%- endmacro %}
