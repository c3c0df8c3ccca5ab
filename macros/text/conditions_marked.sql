{#- Conditions that a formula states for its own money type: `<hours:1000>`, `<lastday:>`, `<wait:12>` in months. -#}
{% macro conditions_marked() -%}
    {%- set head = '(?:\\b(?:if|for|must|work|employee|at_least|over|requires|subject to|and|with|of|on|have|credited) )*' -%}
    {{- return([
        [head ~ '([0-9]+)h(?: (?:of |)(?:must|work|rule|service)|(?: (?:of|in|during|each|per))+ (?:plan )?year)*', '<hours:\\1>'],
        ['\\b' ~ 'last day(?: of)?(?: (?:plan|year|rule|must|service|work))*', '<lastday:>'],
        ['(?:\\b(?:if|for|must|work|employee|requires|and|with|on|be|active) )+<lastday:>', '<lastday:>'],
        ['\\bafter (?:completed |work )?([0-9]+)y(?: (?:of )?(?:service|work))?\\b', '<waityears:\\1>'],
        ['\\bafter (?:completed |work )?([0-9]+)mo(?: (?:of )?(?:service|work))?\\b', '<waitmonths:\\1>'],
        ['\\bafter (?:completed |work )?([0-9]+)d(?: (?:of )?(?:service|work))?\\b', '<waitdays:\\1>'],
        ['\\b(?:after |with |and )*age (1[89]|2[0-6])(?: (?:and|must))*', '<age:\\1>'],
        ['\\b(?:after |with |and |must |have )*([0-9]+)y(?: of)? service (?:must|requirement)', '<waityears:\\1>'],
    ]) -}}
{%- endmacro %}
