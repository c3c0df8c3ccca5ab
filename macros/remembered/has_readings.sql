{#- Whether the model's own table, as it stands, was made by this very code from the same words, so that its rows hold. Never in
    a unit test, and never with --full-refresh. -#}
{% macro has_readings(relation, is_seed=false) -%}
    {%- if not execute or model.resource_type != 'model' or flags.FULL_REFRESH -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- set found = run_query("select comment, from duckdb_tables() where " ~ is_relation(this) ~ " and comment is not null") -%}
    {%- set stamps = found.columns[0].values() -%}
    {{- return(stamps | length > 0 and stamps[0] == reading_stamp(relation, is_seed)) -}}
{%- endmacro %}
