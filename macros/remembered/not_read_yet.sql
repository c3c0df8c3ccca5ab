{#- The condition that leaves only texts that the model has no reading of: a reading is a function of the text and the code
    alone, so what was read stays read. Goes with `read_before` at the end of the model.
    - `raw`: the column with the text;  - `relation`: what the readings are made from (see reading_stamp). -#}
{% macro not_read_yet(raw, relation, is_seed=false) -%}
    {%- if has_readings(relation, is_seed) -%}
        {{ raw }} not in (select before.raw, from {{ this }} as before)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
