-- Grain: one row per distinct raw text, whatever column it stood in.
-- Decided here: the conditions of a text as the seven fields of `eligibility_spec`, in general and per money type, or
-- the reason why there are none. Grammar: int_eligibilities__marked. A text is resolved only if every token of it was
-- understood, every condition belongs to one money type (or to none, in front of the others), and no two conditions of
-- one money type contradict each other.
with

marked as (
    select *,
    from {{ ref('int_eligibilities__marked') }}
),

bodies as (
    select
        *,
        {{ eligibility_body('clauses', '') }} as general_body,
        {{ eligibility_body('clauses', 'D') }} as deferral_body,
        {{ eligibility_body('clauses', 'M') }} as match_body,
        {{ eligibility_body('clauses', 'C') }} as core_body,
        list_filter(clauses, lambda clause: contains(clause, '<S:')) as money_clauses,
    from marked
),

conditioned as (
    select
        *,
        {{ eligibility_conditions('general_body') }} as general_conditions,
        {{ eligibility_conditions('deferral_body') }} as deferral_conditions,
        {{ eligibility_conditions('match_body') }} as match_conditions,
        {{ eligibility_conditions('core_body') }} as core_conditions,
    from bodies
),

checked as (
    select
        *,
        {{ eligibility_reason() }} as reason,
    from conditioned
)

select
    raw,
    formula_text,
    terms,
    marks,
    leftover_tokens,
    case when reason is null then 'exact' else 'unresolved' end as status,
    case when reason is null then cast([] as varchar[]) else [reason] end as reasons,
    {% for field, type in eligibility_fields() -%}
    case when reason is null then general_conditions.{{ field }} end as {{ field }},
    {% endfor -%}
    {% for money in ['deferral', 'match', 'core'] -%}
    case
        when reason is null and {{ money }}_body <> ''
            then {
                {%- for field, type in eligibility_fields() %}
                '{{ field }}': {{ money }}_conditions.{{ field }}{% if not loop.last %},{% endif %}
                {%- endfor %}
            }
    end as {{ money }},
    {% endfor -%}
from checked
