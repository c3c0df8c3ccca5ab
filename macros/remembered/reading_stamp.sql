{#- What a text's reading depends on beside the text: all code and its versions (raw.code, written by the landing plug-in
    before the first model runs), and what was really in the warehouse when it was read: the words of a seed, or the stamp of
    the model before. So no order of partial builds can leave a reading that today's code would not give.
    - `relation`: the seed or model that the readings are made from. -#}
{% macro reading_stamp(relation, is_seed=false) -%}
    {%- if is_seed -%}
        {%- set of = "select count(*) || ':' || sum(hash(words)), from " ~ relation ~ " as words" -%}
    {%- else -%}
        {%- set of = "select comment, from duckdb_tables() where " ~ is_relation(relation) -%}
    {%- endif -%}
    {%- set found = run_query("select sha256((from raw.code) || coalesce((" ~ of ~ "), 'unknown'))") -%}
    {{- return('read by ' ~ found.columns[0].values()[0]) -}}
{%- endmacro %}

{#- The condition that finds a relation in duckdb_tables(). -#}
{% macro is_relation(relation) -%}
    database_name = '{{ relation.database }}' and schema_name = '{{ relation.schema }}' and table_name = '{{ relation.identifier }}'
{%- endmacro %}
