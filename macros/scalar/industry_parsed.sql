{#- A spelled industry taken apart: STRUCT(code, words) - `622 hospitals`, `naics 622`, `31 33`, `hospitals`; code '' without a NAICS code. -#}
{% macro industry_read(spelled) -%}
    regexp_extract({{ spelled }}, '^(?:(?:naics )?(?:code )?([0-9]{2} [0-9]{2}|[0-9]{2,6})(?: |$))?(.*)$', ['code', 'words'])
{%- endmacro %}

{#- What an industry cell says: STRUCT(value, status, reason). Code and words must agree where both stand there. An industry that
    neither seed has is rejected, and never becomes `other`. -#}
{% macro industry_parsed(plain, read, by_code, by_words) -%}
    {%- set found = "case when " ~ read ~ ".code = '' then " ~ by_words ~ " when " ~ read ~ ".words = '' or " ~ by_words ~ " = " ~ by_code ~ " then " ~ by_code ~ " end" -%}
    {{ looked_up(plain, "(" ~ found ~ ")", 'unknown_industry') }}
{%- endmacro %}
