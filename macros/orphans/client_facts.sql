{#- The marts and exports whose rows belong to a client of dim_client; a new one goes here, or int_orphans refuses to build. Those of
    the history belong to dim_plan_design and are tested there: they know clients that have left. -#}
{% macro client_facts() -%}
    {{- return([
        'fct_plan_design', 'fct_field_status', 'fct_match_tier', 'fct_core_band', 'fct_vesting_step', 'fct_peer_step',
        'fct_peer_group_member', 'fct_peer_benchmark', 'fct_gap', 'fct_recommendation', 'dim_client_segment',
        'exp_navigator__scenario'
    ]) -}}
{%- endmacro %}
