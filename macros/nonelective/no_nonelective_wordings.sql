{#- What is left of a text that says there is no nonelective money. -#}
{% macro no_nonelective_wordings() -%}
    {%- set what = 'nonelective|deferral|contribute|employee|plan|to|for|apply|offered|at time|currently' -%}
    {{- return(
        '(?:nonelective |deferral )?(?:none|no|zero|0(?:[.]0+)?%?)(?: (?:of pay|' ~ what ~ '))*'
        ~ '|(?:(?:plan|nonelective) )?not(?: (?:' ~ what ~ '))*'
    ) -}}
{%- endmacro %}
