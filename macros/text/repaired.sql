{#- The text as its author meant it: double decoding undone, full-width forms narrowed (the part of NFKC that plan texts
    meet), every dash a hyphen, every quote straight, fraction characters written out, blanks single. Case is kept. -#}
{% macro repaired(expression) -%}
    {%- set text = "translate(" ~ mojibake_repaired(expression) ~ ", '" ~ compatibility_digits() ~ fullwidth_forms() ~ "', '" ~ '0123456789' * 5 ~ ascii_forms() | replace("'", "''") ~ "')" -%}
    {%- set rules = [
        ['[\\x{2010}-\\x{2015}\\x{2212}\\x{FE58}\\x{FE63}\\x{207B}]', '-'],
        ['[\\x{2018}\\x{2019}\\x{201A}\\x{201B}\\x{2032}\\x{00B4}`]', "'"],
        ['[\\x{201C}-\\x{201F}\\x{2033}\\x{00AB}\\x{00BB}]', '"'],
        ['[\\x{00AD}\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{2064}\\x{FE0E}\\x{FE0F}\\x{FEFF}]', ''],
        ['\\x{2026}', '...'],
        ['\\x{00C2}( |$)', '\\1'],
        ['\\x{FE6A}', '%'], ['\\x{FE50}', ','], ['\\x{FE52}', '.'], ['\\x{FE54}', ';'], ['\\x{FE55}', ':'], ['\\x{FE69}', '$'],
        ['\\x{FB00}', 'ff'], ['\\x{FB01}', 'fi'], ['\\x{FB02}', 'fl'],
        ['\\x{2264}', ' <= '],
        ['\\x{2265}', ' >= '],
        ['\\x{00D7}', ' x '],
        ['\\x{00A2}', ' cents '],
        ['\\x{2044}', '/'],
        ['\\x{00BD}', ' 1/2'], ['\\x{00BC}', ' 1/4'], ['\\x{00BE}', ' 3/4'],
        ['\\x{2153}', ' 1/3'], ['\\x{2154}', ' 2/3'],
        ['\\x{215B}', ' 1/8'], ['\\x{215C}', ' 3/8'], ['\\x{215D}', ' 5/8'], ['\\x{215E}', ' 7/8'],
        ['[\\s\\x{00A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{0085}]+', ' '],
    ] -%}
    trim({{ rewritten(text, rules) }})
{%- endmacro %}

{#- The full-width forms U+FF01 to U+FF5E and, in the same order, the ASCII characters that they stand for. -#}
{% macro fullwidth_forms() -%}
    {%- for code in range(65281, 65375) -%}{{ code.to_bytes(2, 'big').decode('utf-16-be') }}{%- endfor -%}
{%- endmacro %}

{% macro ascii_forms() -%}
    {%- for code in range(33, 127) -%}{{ code.to_bytes(1, 'big').decode('ascii') }}{%- endfor -%}
{%- endmacro %}

{#- The styled digits of mathematical texts, U+1D7CE to U+1D7FF: five sets of 0 to 9. -#}
{% macro compatibility_digits() -%}
    {%- for code in range(120782, 120832) -%}{{ code.to_bytes(4, 'big').decode('utf-32-be') }}{%- endfor -%}
{%- endmacro %}
