{#- Stops with the names of marts and exports that hold a client's reference and are missing in client_facts(). One whose clients
    may have left says so, `meta: {clients_checked_elsewhere: true}` in its config, and has a test of its own. -#}
{% macro refuse_unlisted_facts() -%}
    {%- set missing = [] -%}
    {%- if execute -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.path.split('/')[0] in ('marts', 'exports')
        and 'history' not in node.tags and node.name != 'dim_client' and node.name not in client_facts()
        and not (node.config.meta or {}).get('clients_checked_elsewhere') and client_columns(node.name) -%}
        {%- do missing.append(node.name) -%}
    {%- endfor -%}
    {%- if missing -%}
        {{- exceptions.raise_compiler_error(
            "rule R01: rows of " ~ missing | join(', ') ~ " belong to clients, and nobody looks whether those exist; "
            ~ "name them in macros/orphans/client_facts.sql"
        ) -}}
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
