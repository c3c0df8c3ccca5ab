{#- What is left of a text that says there is no nonelective money. -#}
{% macro no_nonelective_wordings() -%}
    {{- return('(?:nonelective |deferral )?(?:none|no|zero|0(?:[.]0+)?%?)(?: (?:nonelective|deferral|contribute|of pay|at time|currently|employee))*|(?:plan )?(?:not|no)(?: (?:currently|at time|nonelective|deferral|contribute|employee|plan|to|for|apply))*') -}}
{%- endmacro %}
