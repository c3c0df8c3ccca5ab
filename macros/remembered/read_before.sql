{#- The readings that the model has already: its own table; nothing where that doesn't hold any more. The model takes those of the
    texts that it has now, so that no text of another load stays.
    - `empty`: the CTE whose columns nothing has;  - `relation`: what the readings are made from (see reading_stamp). -#}
{% macro read_before(empty, relation, is_seed=false) -%}
    {%- if has_readings(relation, is_seed) -%} {{ this }} {%- else -%} (from {{ empty }} where false) {%- endif -%}
{%- endmacro %}
