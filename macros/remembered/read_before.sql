{#- The readings that the model has already, of the texts in the CTE `texts`: no text of another load stays.
    - `relation`: what the readings are made from (see reading_stamp). -#}
{% macro read_before(relation, is_seed=false) -%}
    {%- if has_readings(relation, is_seed) -%}
        union all by name
        select before.*,
        from {{ this }} as before
        where before.raw in (select texts.raw, from texts)
    {%- endif -%}
{%- endmacro %}
