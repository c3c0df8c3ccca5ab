{#- The text with double-decoded UTF-8 undone. A character that was written as UTF-8 and read as Windows-1252, Latin-1 or
    Mac Roman comes back (â€“ and ‚Äì are both an en dash), also when that happened twice. The forms are computed from the
    characters, so nothing here is a list of spellings somebody happened to see. -#}
{% macro mojibake_forms() -%}
    {%- set characters = '–—‐‑‒―−’‘“”…•·×÷½¼¾⅓⅔⅛⅜⅝⅞≤≥§¢®™°±\u00a0\u202f\u2009\u200b\ufeff' -%}
    {%- set ns = namespace(forms=[]) -%}
    {%- for character in characters -%}
        {%- for codec in ['cp1252', 'mac_roman', 'latin-1'] -%}
            {%- set once = read_as(character, codec) -%}
            {%- set ns.forms = ns.forms + [[read_as(once, codec), character], [once, character]] -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(ns.forms) -}}
{%- endmacro %}

{#- What the UTF-8 bytes of a text look like to a reader that takes them for another encoding. -#}
{% macro read_as(text, codec) -%}
    {%- set ns = namespace(out='') -%}
    {%- for byte in text.encode('utf-8') -%}
        {%- set one = byte.to_bytes(1, 'big') -%}
        {%- set read = one.decode(codec, 'replace') -%}
        {%- set ns.out = ns.out ~ (one.decode('latin-1') if read == '\ufffd' else read) -%}
    {%- endfor -%}
    {{- return(ns.out) -}}
{%- endmacro %}

{% macro mojibake_repaired(expression) -%}
    {%- set forms = mojibake_forms() -%}
    {%- set ns = namespace(sql=expression) -%}
    {#- longest first: the doubly read form contains the singly read one -#}
    {%- for length in range(24, 1, -1) -%}
        {%- for form in forms if form[0] | length == length -%}
            {%- set ns.sql = "replace(" ~ ns.sql ~ ", '" ~ form[0] | replace("'", "''") ~ "', '" ~ form[1] | replace("'", "''") ~ "')" -%}
        {%- endfor -%}
    {%- endfor -%}
    {#- ASCII text cannot hold any of these forms -#}
    case when regexp_full_match({{ expression }}, '[\x00-\x7F]*') then {{ expression }} else {{ ns.sql }} end
{%- endmacro %}
