{#- design_matrix, the block that Navigator keeps untouched: the five mapped fields, the specs behind them, and where they come
    from. run_id and generated_at are the harness's to fill in. -#}
{% macro navigator_design_block() -%}
{
    'schema_version': 'navigator-scenario/1.0',
    'client_ref': plans.client_ref,
    'run_id': cast(null as varchar),
    'generated_at': cast(null as varchar),
    'data_as_of': cast(plans.last_updated_on as varchar),
    'source_checksum': plans.source_checksum,
    'employer_match_spec': {
        'kind': plans.match_kind,
        'formula_text': plans.match_formula_text,
        'status': plans.match_status,
        'reasons': plans.match_reasons,
        'tiers': case when plans.match_kind in ('simple', 'tiered') then {{ exact_numbered_tiers('plans.match_tiers') }} else cast('[]' as json) end,
        'bands': case when plans.match_kind = 'service_graded' then to_json(list_transform(plans.match_bands, lambda band: {
            'min_years': band.min_years, 'max_years': band.max_years, 'tiers': {{ exact_numbered_tiers('band.tiers') }}
        })) else cast('[]' as json) end,
        'max_match_percentage': {{ exact('plans.max_match_percentage') }},
        'max_matched_deferral': {{ exact('plans.max_matched_deferral') }},
        'annual_dollar_cap': plans.annual_dollar_cap,
        'discretionary': plans.is_match_discretionary
    },
    'default_deferral_rate': {{ exact('plans.default_deferral_rate') }},
    'vesting_schedule_array': to_json(list_transform(plans.vesting_schedule_array, lambda vested: {{ exact('vested') }})),
    'vesting_kind': plans.vesting_kind,
    'vesting_schedule_type': {{ navigator_vesting_type('plans.vesting_schedule_array') }},
    'current_participation': {{ exact('plans.current_participation') }},
    'average_contribution_rate': {{ exact('plans.average_contribution_rate') }},
    'eligibility_spec': {{ eligibility_spec('plans.plan_eligibility') }},
    'employer_core_spec': {
        'kind': coalesce(plans.core_kind, 'none'),
        'formula_text': plans.core_formula_text,
        'rate': {{ exact('plans.core_rate') }},
        'bands': to_json(case plans.core_kind
            when 'service_graded' then to_json(list_transform(plans.core_bands, lambda band: {
                'min_years': band.min, 'max_years': band.max, 'rate': {{ exact('band.rate') }}
            }))
            when 'age_banded' then to_json(list_transform(plans.core_bands, lambda band: {
                'min_age': band.min, 'max_age': band.max, 'rate': {{ exact('band.rate') }}
            }))
            else cast('[]' as json)
        end),
        'low': {{ exact('plans.core_low_rate') }},
        'high': {{ exact('plans.core_high_rate') }},
        -- a blank column beside a known match exports as no contribution
        'status': case when plans.core_kind is null then 'derived' else plans.core_status end,
        'reasons': plans.core_reasons
    },
    'warnings': coalesce(warnings.warnings, []),
    'recommendation': plans.recommendation
}
{%- endmacro %}

{% macro exact_numbered_tiers(tiers) -%}
    to_json(list_transform({{ tiers }}, lambda tier: {
        'tier': tier.tier,
        'employee_min': {{ exact('tier.employee_min') }},
        'employee_max': {{ exact('tier.employee_max') }},
        'match_rate': {{ exact('tier.match_rate') }}
    }))
{%- endmacro %}

{#- The plan's eligibility with, beside it, what each kind of employer money asks where it asks something of its own. -#}
{% macro eligibility_spec(plan) -%}
    {
        {{ eligibility_members(plan) }},
        'formula_text': plans.eligibility_formula_text,
        'status': plans.eligibility_status,
        'reasons': plans.eligibility_reasons,
        'deferral': cast(null as json),
        'match': case when not {{ is_eligibility_silent('plans.match_eligibility') }} then to_json({ {{ eligibility_members('plans.match_eligibility') }} }) end,
        'core': case when not {{ is_eligibility_silent('plans.core_eligibility') }} then to_json({ {{ eligibility_members('plans.core_eligibility') }} }) end
    }
{%- endmacro %}

{% macro eligibility_members(struct) -%}
    {%- for field, type in eligibility_fields() %}
        '{{ field }}': {% if field == 'minimum_age' %}{{ exact("(" ~ struct ~ ")['minimum_age']") }}{% else %}({{ struct }})['{{ field }}']{% endif %}{% if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
