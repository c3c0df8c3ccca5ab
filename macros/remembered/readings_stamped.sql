{#- Post-hook of a model that remembers: says on its table what the readings depend on. In the transaction that makes the table.
    - `relation`: see reading_stamp. -#}
{% macro readings_stamped(relation, is_seed=false) -%}
    {%- if execute -%}
        comment on table {{ this }} is '{{ reading_stamp(relation, is_seed) }}'
    {%- endif -%}
{%- endmacro %}
