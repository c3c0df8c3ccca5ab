{#- The marts and exports whose rows belong to a client of dim_client; a new one goes here, or int_orphans refuses to build. Those of
    the history belong to dim_plan_design and are tested there: they know clients that have left. -#}
{% macro client_facts() -%}
    {{- return([
        'fct_plan_design', 'fct_field_status', 'fct_match_tier', 'fct_core_band', 'fct_vesting_step', 'fct_peer_step',
        'fct_peer_group_member', 'fct_peer_benchmark', 'fct_gap', 'fct_recommendation', 'dim_client_segment',
        'exp_navigator__scenario'
    ]) -}}
{%- endmacro %}

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

{#- Stops with the names of marts and exports that hold a client's reference and are missing in client_facts(). -#}
{% macro refuse_unlisted_facts() -%}
    {%- set missing = [] -%}
    {%- if execute -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.path.split('/')[0] in ('marts', 'exports')
        and 'history' not in node.tags and node.name != 'dim_client' and node.name not in client_facts()
        and client_columns(node.name) -%}
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
