{#- The words that people run together when they type without blanks (`offirst`, `ofthenext`, `yeargraded`), longest first
    so that the alternation prefers `dollars` to `dollar` (and `thenext` to `then`). A token is taken apart only if these words cover it whole. -#}
{% macro glued_words() -%}
    {{- return('compensation|thenext|contributions|contribution|additional|discretionary|nonelective|immediately|immediate|employees|employee|deferrals|following|eligible|deferral|matching|exceeding|employer|maximum|percent|dollars|service|between|company|vesting|matches|dollar|graded|months|salary|vested|annual|after|cliff|cents|every|fully|first|hours|match|month|sharing|profit|safe|harbor|basic|years|until|under|comp|days|each|from|full|next|over|plus|then|thru|upto|year|cap|day|for|max|nec|pay|per|the|yrs|and|age|yr|of|on|to|up|ee|er|ps|at|in|or') -}}
{%- endmacro %}
