{#- Terms without the sponsor's own name: words that the vocabulary does not know, in capitals at the start of a sentence and
    before its verb (`Acme Corp. matches`); the lexer has put `sponsorname` in front of them. -#}
{% macro sponsor_dropped(expression) -%}
    {{- rewritten(expression, [['\\bsponsorname (?:[?][a-z]+ )*', '']]) -}}
{%- endmacro %}
