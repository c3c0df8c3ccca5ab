{#- What is left of a text that says there is no match: `none`, `no match`, `not match`, `not offered`, `0%`. -#}
{% macro none_wordings() -%}
    {%- set what = 'match|deferral|employee|plan|to|for|apply|offered|at time|currently' -%}
    {{- return(
        '(?:match )?(?:none|no|zero|0(?:[.]0+)?%?)(?: (?:of pay|' ~ what ~ '))*'
        ~ '|(?:(?:plan|match) )?not(?: (?:' ~ what ~ '))* (?:match|deferral|apply|offered)(?: (?:' ~ what ~ '))*'
    ) -}}
{%- endmacro %}
