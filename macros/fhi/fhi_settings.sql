{#- Columns from rows of seed fhi_settings, each a decimal under its own name. -#}
{% macro fhi_settings(names) -%}
    {%- for name in names -%}
    any_value(try_cast(value as decimal(18, 12))) filter (where setting = '{{ name }}') as {{ name }}
    {%- if not loop.last %},
        {% endif -%}
    {%- endfor -%}
{%- endmacro %}
