{#- The marts and exports whose rows belong to a client of dim_client; a new one goes here, or int_orphans refuses to build. Those of
    the history belong to dim_plan_design and are tested there: they know clients that have left. -#}
{% macro client_facts() -%}
    {{- return([
        'fct_plan_design', 'fct_field_status', 'fct_match_tier', 'fct_core_band', 'fct_vesting_step', 'exp_navigator__scenario', 'exp_crm__account',
        'dim_client_segment', 'fct_peer_step', 'fct_peer_group_member', 'fct_peer_benchmark', 'fct_gap',
        'fct_recommendation', 'dim_scenario', 'fct_navigator_outcome', 'fct_scenario_effect', 'fct_recommendation_calibration',
        'fct_fhi_outcome', 'exp_fhi__outcomes',
    ]) -}}
{%- endmacro %}
