{#- The members of a value in the document, from a row of fct_fhi_outcome: the value, the formula that gave it, its inputs, and why it
    is unknown where it is. -#}
{% macro fhi_value_members() -%}
    {{- return({
        'value': "case when element = 'financial_wellness_continuum' then to_json(band) else " ~ exact('value') ~ " end",
        'formula': 'formula_id',
        'inputs': 'inputs',
        'unknown_reason': 'unknown_reason',
    }) -}}
{%- endmacro %}

{#- A modelled figure of `outcomes`, in a row of int_fhi__modelled, with its change against the baseline. -#}
{% macro fhi_modelled(component, value, inputs, change, is_count=false) -%}
    {%- set exact_value = 'to_json(' ~ value ~ ')' if is_count else exact(value) -%}
    {
        'value': {{ exact_value }},
        'formula': formulas.{{ component }},
        'inputs': {{ inputs }},
        'unknown_reason': case when {{ value }} is null then 'not_measured' end,
        'change': {
            'value': {{ 'to_json(' ~ change ~ ')' if is_count else exact(change) }},
            'formula': formulas.change,
            'inputs': {
                'scenario': {{ exact_value }},
                'baseline': case
                    when {{ change }} is not null
                        then {{ 'to_json(' ~ value ~ ' - ' ~ change ~ ')' if is_count
                            else exact('cast(' ~ value ~ ' - ' ~ change ~ ' as decimal(18, 12))') }}
                end
            },
            'unknown_reason': case
                when {{ change }} is not null then null
                when outcomes.scenario = 'baseline' then 'is_baseline'
                else coalesce(effects.refused_reason, 'not_measured')
            end
        }
    }
{%- endmacro %}
