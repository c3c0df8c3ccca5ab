{#- Terms without the sponsor's own name: an abbreviation, or words before Corp., Inc., LLC, Hospital, University, College or Clinic, at the start of a clause and before
    its verb (`XYZ matches`, `Acme Corp. will match`); the lexer has put `sponsorname` in front and `endofname` behind. Words that the vocabulary knows stay, and
    a capital alone makes no name: `Netiher Company matches` must not lose its negation to a slip of the finger. -#}
{% macro sponsor_dropped(expression) -%}
    {{- rewritten(expression, [['\\bsponsorname (?:[?][a-z]+ )*(?:job )?endofname ', '']]) -}}
{%- endmacro %}
