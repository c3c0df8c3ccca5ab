{#- The time that dbt's snapshots write: the load's, never the machine's at that moment, so that a design that has gone ends when
    the load came that no longer had it. Overrides dbt-duckdb's macro of this name. -#}
{% macro duckdb__snapshot_get_time() -%}
    cast((select max(loaded_at) from {{ ref('int_plan_designs__present') }}) as timestamp)
{%- endmacro %}
