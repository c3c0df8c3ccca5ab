{#- dc_plan, the block that wins over every other: match_cap_percent is a fraction, the keys ending in _percent elsewhere are
    percent numbers. -#}
{% macro navigator_studio() -%}
to_json({
    'match_enabled': plans.is_match_on,
    'match_template': plans.slug,
    'match_status': plans.match_mode,
    'match_tiers': plans.engine_tiers,
    'match_cap_percent': {{ exact('plans.max_match_percentage') }},
    'tenure_graded_bands': plans.engine_bands,
    'match_graded_schedule': cast('[]' as json),
    'tenure_match_tiers': cast('[]' as json),
    'points_match_tiers': cast('[]' as json),
    {{ eligibility_keys('plans.match_rule', 'match_', is_studio=true) | indent(4) }},
    'auto_enroll': plans.is_auto_enrollment_on,
    'auto_escalation': plans.is_auto_escalation_on,
    'eligibility_months': plans.waiting_months,
    'core_enabled': plans.is_core_on,
    'core_status': plans.core_mode,
    'core_contribution_rate_percent': {{ exact_percent('plans.core_first_rate') }},
    'core_graded_schedule': plans.core_service_schedule,
    'core_points_schedule': cast('[]' as json),
    'core_age_schedule': plans.core_age_schedule,
    'core_integration_enabled': false,
    'core_integration_level_mode': 'ss_wage_base',
    'core_integration_level_value': cast(null as integer),
    'core_integration_disparity_rate': 0,
    'core_integration_disparity_rate_percent': 0,
    {{ eligibility_keys('plans.core_rule', 'core_', is_studio=true) | indent(4) }}
})
{%- endmacro %}

{#- The keys of dc_plan that stand only where the feature is on. An empty escalation cutoff removes the base configuration's. -#}
{% macro navigator_studio_features() -%}
json_merge_patch(
    case when plans.is_auto_enrollment_on then to_json({
        'auto_enroll_scope': case plans.auto_enrollment_scope
            when 'all_eligible_employees' then 'all_eligible' else plans.auto_enrollment_scope end,
        'auto_enroll_hire_date_cutoff': cast(plans.auto_enrollment_cutoff_on as varchar),
        'default_deferral_percent': {{ exact_percent('plans.default_deferral_rate') }}
    }) else cast('{}' as json) end,
    case when plans.is_auto_escalation_on then to_json({
        'escalation_rate_percent': {{ exact_percent('plans.escalation_increment_rate') }},
        'escalation_cap_percent': {{ exact_percent('plans.escalation_cap_rate') }},
        'escalation_hire_date_cutoff': ''
    }) else cast('{}' as json) end
)
{%- endmacro %}
