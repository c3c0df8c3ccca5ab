-- Grain: one row per distinct match formula text.
-- Decided here: what the employer matches, and whether the text settles it. Every check that fails names its reason
-- code, the first one holds, and an unresolved formula keeps no tier.
with

stated as (
    select
        marked.*,
        {{ marks_named('marked.marks', 'max') }} as stated_maxima,
        {{ marks_named('marked.marks', 'beyond') }} as stated_ends,
        {{ marks_named('marked.marks', 'maxfor') }} as maxima_for,
        {{ marks_named('marked.marks', 'cap') }} as dollar_caps,
        {{ marks_named('marked.marks', 'periodcap') }} as period_caps,
        {{ marks_named('marked.marks', 'named') }} as names,
        {{ marks_named('marked.marks', 'service') }} as services,
        {{ marks_named('marked.marks', 'range') }} || {{ marks_named('marked.marks', 'spread') }} as ranges,
        {{ marks_named('marked.marks', 'discretionary') }} <> [] as is_discretionary,
        {{ layout_problem('marked.layout') }} as layout_problem,
        {{ has_conflicting_conditions('marked.marks') }} as has_conflicting_conditions,
        list_filter(marked.marks, lambda mark: mark <> '<dated:>') as telling_marks,
        array_to_string(marked.leftover_tokens, ' ') as leftover_text,
        banded.tiers as stated_tiers,
        banded.bands,
        banded.banded,
        banded.unbanded,
        banded.problem,
        banded.highest_rate,
        banded.max_match_percentage as stated_percentage,
        banded.max_matched_deferral as stated_deferral,
    from {{ ref('int_match_formulas__marked') }} as marked
    left join {{ ref('int_match_formulas__banded') }} as banded on marked.raw = banded.raw
),

named as (
    select
        *,
        {{ tiers_of_max_match('maxima_for') }} as maximum_tiers,
        {{ safe_harbor_tiers('names') }} as named_tiers,
    from stated
),

settled as (
    select
        *,
        coalesce(stated_tiers, maximum_tiers, named_tiers) as settled_tiers,
        coalesce(
            stated_percentage,
            {{ rate_value("split_part(maxima_for[1], ':', 1)") }},
            cast({{ match_at('named_tiers', '1.0') }} as decimal(18, 12))
        ) as settled_percentage,
        coalesce(stated_deferral, maximum_tiers[1].employee_max, named_tiers[-1].employee_max) as settled_deferral,
    from named
),

reasoned as (
    select
        *,
        {{ match_reason() }} as reason,
    from settled
),

outcomes as (
    select
        *,
        case
            when reason = 'unknown' then 'unknown'
            when reason in ('none', 'nonelective_only_plan') then 'none'
            when reason is not null then 'unresolved'
            when bands is not null and highest_rate > 0 then 'service_graded'
            when highest_rate = 0 then 'none'
            when settled_tiers is null then 'discretionary'
            when len(settled_tiers) = 1 then 'simple'
            else 'tiered'
        end as outcome,
    from reasoned
)

select
    raw,
    repaired_text as formula_text,
    terms,
    marked_text,
    leftover_tokens,
    nullif(outcome, 'unknown') as kind,
    case
        when outcome in ('unknown', 'unresolved') then 'unresolved'
        when reason = 'nonelective_only_plan' or (stated_tiers is null and bands is null and settled_tiers is not null)
            then 'derived'
        else 'exact'
    end as status,
    case when coalesce(reason, 'none') = 'none' then [] else [reason] end as reasons,
    case when outcome in ('simple', 'tiered') then settled_tiers else [] end as tiers,
    case when outcome = 'service_graded' then bands else [] end as bands,
    case
        when outcome = 'none' then 0
        when outcome in ('simple', 'tiered', 'service_graded') then settled_percentage
    end as max_match_percentage,
    case
        when outcome = 'none' then 0
        when outcome in ('simple', 'tiered', 'service_graded') then settled_deferral
    end as max_matched_deferral,
    case
        when outcome not in ('unknown', 'unresolved') then {{ money_value('dollar_caps[1]') }}
    end as annual_dollar_cap,
    outcome not in ('unknown', 'unresolved', 'none') and is_discretionary as is_discretionary,
    case when core_terms <> '' then core_terms end as core_terms,
    case when outcome not in ('unknown', 'unresolved') then {{ conditions_stated('marks') }} end as conditions,
from outcomes
