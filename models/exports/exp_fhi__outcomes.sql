-- Grain: one row per client whose design is known at all; a held client's document is kept back by the harness.
-- Decided here: the complete document. Each value has its formula and inputs beside it, and the formulas' texts stand
-- at its end. The harness adds nothing but run_id and generated_at, which are empty here and outside the checksum.
with

formulas as (
    select
        map_from_entries(list((formula_id || '/' || version, text) order by formula_order)) as texts,
    from {{ ref('fhi_formulas') }}
),

warnings as (
    {{ navigator_warnings(is_scenario=false) | indent(4) }}
),

told as (
    select
        client_ref,
        element,
        component,
        unknown_reason,
        formula_order,
        weight is not null as is_weighed,
        to_json({
            {%- for name, sql in fhi_value_members().items() %}
            '{{ name }}': {{ sql }}{% if not loop.last %},{% endif %}
            {%- endfor %}
        }) as result,
        case when weight is not null then to_json({
            'component': component,
            'weight': {{ exact('weight') }}
            {%- for name, sql in fhi_value_members().items() %},
            '{{ name }}': {{ sql }}
            {%- endfor %}
        }) end as weighed,
    from {{ ref('fct_fhi_outcome') }}
),

elements as (
    select
        client_ref,
        {% for component in [
            'eligible_count', 'eligible_share', 'participating_count', 'participating_share', 'at_match_maximum_count',
            'at_match_maximum_share', 'fully_vested_count', 'fully_vested_share', 'match_at_average_deferral',
            'total_savings_rate', 'preparedness_gap', 'retirement_readiness', 'plan_health_score',
            'financial_wellness_continuum'
        ] -%}
        any_value(result) filter (where component = '{{ component }}') as {{ component }},
        {% endfor -%}
        list(weighed order by formula_order) filter (where is_weighed) as components,
        coalesce(list({
            'component': component, 'weight': weighed -> 'weight', 'unknown_reason': unknown_reason
        } order by formula_order) filter (where is_weighed and unknown_reason is not null), []) as missing_weights,
    from told
    group by client_ref
)

select
    elements.client_ref as delivery_key,
    elements.client_ref,
    to_json({{ fhi_document() | indent(4) }}) as document,
    sha256(cast(document as varchar)) as document_checksum,
from elements
inner join {{ ref('int_fhi__measured') }} as measured on elements.client_ref = measured.client_ref
left join {{ ref('int_fhi__modelled') }} as modelled on elements.client_ref = modelled.client_ref
left join warnings on elements.client_ref = warnings.client_ref
cross join formulas
