{#- What is left of a text that says there is no match: `none`, `no match`, `not match`, `0%`. -#}
{% macro none_wordings() -%}
    {{- return('(?:match )?(?:none|no|zero|0(?:[.]0+)?%?)(?: (?:match|deferral|of pay|at time|currently|employee))*|(?:plan )?(?:not|no)(?: (?:currently|at time|match|deferral|employee|plan|to|for|apply))*') -}}
{%- endmacro %}
