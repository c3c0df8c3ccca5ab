{#- The complete FHI document from a row of exp_fhi__outcomes' joined relations. run_id and generated_at are the harness's to fill in.
    Source: contract targets.md. -#}
{% macro fhi_document() -%}
{
    'schema_version': 'fhi-outcomes/1.0',
    'generated_at': cast(null as varchar),
    'run_id': cast(null as varchar),
    'data_as_of': cast(measured.last_updated_on as varchar),
    'data_as_of_unknown_reason': measured.last_updated_reason,
    'client_ref': elements.client_ref,
    'participant_journey': {
        {%- for stage in ['eligible', 'participating', 'at_match_maximum', 'fully_vested'] %}
        '{{ stage }}': {'count': elements.{{ stage }}_count, 'share': elements.{{ stage }}_share}{% if not loop.last %},{% endif %}
        {%- endfor %}
    },
    'match_at_average_deferral': elements.match_at_average_deferral,
    'total_savings_rate': elements.total_savings_rate,
    'preparedness_gap': elements.preparedness_gap,
    'retirement_readiness': elements.retirement_readiness,
    'plan_health_score': {
        {%- for name in fhi_value_members() %}
        '{{ name }}': elements.plan_health_score -> '{{ name }}',
        {%- endfor %}
        'components': elements.components,
        'missing_weights': elements.missing_weights
    },
    'financial_wellness_continuum': elements.financial_wellness_continuum,
    'modelled': {
        'scenarios': coalesce(modelled.scenarios, cast('[]' as json)),
        'unknown_reason': case when modelled.client_ref is null then 'not_modelled' end
    },
    'formulas': formulas.texts,
    'warnings': coalesce(warnings.warnings, [])
}
{%- endmacro %}
