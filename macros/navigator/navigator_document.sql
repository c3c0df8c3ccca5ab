{#- The complete document, the blocks that move the engine first, as JSON, from a row of int_navigator__plans (`plans`) and the scenario settings (`settings`).
    Source: contract navigator.md sections 1 and 6; each key's variable and reader are listed there. -#}
{% macro navigator_document() -%}
to_json({
    'scenario_id': plans.stem,
    'plan_design_id': plans.stem,
    'compensation': cast('{}' as json),
    'simulation': {
        'start_year': settings.start_year,
        'end_year': settings.end_year,
        'random_seed': settings.random_seed,
        'target_growth_rate': {{ exact('settings.target_growth_rate') }}
    },
    'enrollment': {'auto_enrollment': {{ navigator_auto_enrollment() | indent(4) }} },
    'deferral_auto_escalation': {{ navigator_auto_escalation() | indent(4) }},
    'employer_match': {{ navigator_match() | indent(4) }},
    'employer_core_contribution': {{ navigator_core() | indent(4) }},
    'eligibility': {'waiting_period_days': plans.waiting_days},
    'plan_eligibility': {'minimum_age': {{ exact("plans.plan_eligibility['minimum_age']") }} },
    'dc_plan': json_merge_patch({{ navigator_studio() | indent(4) }}, {{ navigator_studio_features() | indent(4) }}),
    'design_matrix': {{ navigator_design_block() | indent(4) }}
})
{%- endmacro %}

{% macro navigator_auto_enrollment() -%}
case when plans.is_auto_enrollment_on then to_json({
    'enabled': true,
    'scope': plans.auto_enrollment_scope,
    'hire_date_cutoff': cast(plans.auto_enrollment_cutoff_on as varchar),
    'default_deferral_rate': {{ exact('plans.default_deferral_rate') }}
}) else to_json({'enabled': false}) end
{%- endmacro %}

{#- Off is said without a maximum: a maximum of 0 would also limit behaviour that has nothing to do with escalation. -#}
{% macro navigator_auto_escalation() -%}
case when plans.is_auto_escalation_on then to_json({
    'enabled': true,
    'increment_amount': {{ exact('plans.escalation_increment_rate') }},
    'maximum_rate': {{ exact('plans.escalation_cap_rate') }},
    'hire_date_cutoff': cast(null as varchar)
}) else to_json({'enabled': false}) end
{%- endmacro %}

{#- Rates above 200 % do not pass the typed block; there they stand in dc_plan only, which wins. -#}
{% macro navigator_match() -%}
{
    'active_formula': plans.slug,
    'formulas': json_object(plans.slug, {
        'name': plans.slug,
        'type': case when len(plans.label_tiers) = 1 then 'simple' else 'tiered' end,
        'match_rate': {{ exact('plans.label_tiers[1].match_rate') }},
        'tiers': {{ exact_tiers('plans.label_tiers') }},
        'max_match_percentage': case when len(plans.label_tiers) = 1
            then {{ exact('plans.label_tiers[1].employee_max') }} else {{ exact('plans.max_match_percentage') }} end
    }),
    'employer_match_status': case when plans.is_band_rate_above_typed_limit then 'deferral_based' else plans.match_mode end,
    'tenure_graded_bands': case when plans.is_band_rate_above_typed_limit then cast('[]' as json) else plans.engine_bands end,
    'tenure_match_tiers': cast('[]' as json),
    'points_match_tiers': cast('[]' as json),
    'apply_eligibility': true,
    'eligibility': { {{ eligibility_keys('plans.match_rule') | indent(4) }} }
}
{%- endmacro %}

{% macro navigator_core() -%}
{
    'enabled': plans.is_core_on,
    'status': plans.core_mode,
    'contribution_rate': {{ exact('cast(plans.core_first_rate as decimal(18, 12))') }},
    'graded_schedule': plans.core_service_schedule,
    'points_schedule': cast('[]' as json),
    'age_schedule': plans.core_age_schedule,
    'integration': {
        'enabled': false, 'level_mode': 'ss_wage_base', 'level_value': cast(null as integer), 'disparity_rate': 0
    },
    'eligibility': { {{ eligibility_keys('plans.core_rule') | indent(4) }} }
}
{%- endmacro %}
