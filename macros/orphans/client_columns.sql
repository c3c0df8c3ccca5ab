{#- The columns of a relation in the graph that hold a client's reference; [] for one that is not listed or not there. -#}
{% macro client_columns(name) -%}
    {%- set found = namespace(columns=[]) -%}
    {%- if execute -%}
    {%- for node in graph.nodes.values() if node.name == name and node.resource_type == 'model' -%}
        {%- set found.columns = ['client_ref', 'peer_ref'] | select('in', node.columns) | list -%}
    {%- endfor -%}
    {%- endif -%}
    {{- return(found.columns) -}}
{%- endmacro %}
