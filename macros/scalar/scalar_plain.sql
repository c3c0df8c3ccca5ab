{#- The text of a scalar cell, repaired, lower case, without a full stop at its end. A cross is no letter x here: in a yes/no
    column it may as well mean no. -#}
{% macro scalar_plain(expression) -%}
    lower({{ rewritten(repaired("translate(" ~ expression ~ ", '×', '✗')"), [['([a-zA-Z0-9%])\\.$', '\\1']]) }})
{%- endmacro %}

{#- True for the texts that say only that nobody knows, and for a blank: unknown, which is never a no and never a rejection. -#}
{% macro is_unknown_scalar(plain) -%}
    coalesce({{ plain }}, '') in ('', '-', 'tbd', '?')
{%- endmacro %}
