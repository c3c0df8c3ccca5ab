{#- The organisation that a client's name names: case, accents, punctuation, a leading `the` and trailing legal forms (Inc., LLC, ...)
    aside; a name as macro repaired leaves it. Null where the name is blank or says that nobody knows. Two plans of one organisation count as one organisation. -#}
{% macro organisation_key(name) -%}
    {%- set plain = "lower(strip_accents(" ~ known_text(name) ~ "))" -%}
    {%- set legal = 'incorporated|inc|corporation|corp|company|co|limited|ltd|llc|llp|lllp|lp|plc|pllc|pc|pa|na|nfp|gmbh' -%}
    nullif({{ rewritten(plain, [
        ['&', ' and '], ["['.]", ''], ['[^\\p{L}\\p{N}]+', ' '], ['^ *the +', ''], ['(?:(?: and)? (?:' ~ legal ~ '))+ *$', ''], ['^ +| +$', ''],
    ]) }}, '')
{%- endmacro %}
