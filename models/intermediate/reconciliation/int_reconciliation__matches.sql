-- Grain: one row per client and published figure of a match whose text has one of the plainest shapes: none, one tier
-- (`50% of first 6%`), or two (`100% up to 3% + 50% up to next 2%`).
-- Decided here: what such a text comes to, by one pattern and plain arithmetic. Any other text has no row here.
with

texts as (
    select
        client_ref,
        text in ('none', 'no match', 'n/a', '0%') as is_none,
        regexp_extract(
            text,
            '^(\d{1,3}(?:\.\d{1,2})?)% (?:up to|(?:of|on)(?: the)? first|first) (\d{1,2}(?:\.\d{1,2})?)%'
            || '(?: match| of (?:eligible )?(?:pay|compensation))?'
            || '(?:(?: \+|,| and|, then) (\d{1,3}(?:\.\d{1,2})?)%'
            || ' (?:up to|of|on)(?: the)? next (\d{1,2}(?:\.\d{1,2})?)%)?$',
            ['rate', 'width', 'next_rate', 'next_width']
        ) as said,
    from {{ ref('int_reconciliation__cells') }}
    where field = 'match_formula' and not is_decided_by_reviewer
),

tiers as (
    select
        client_ref,
        1 as tier,
        cast(0 as decimal(9, 6)) as employee_min,
        cast(said.width as decimal(9, 6)) as employee_max,
        cast(said.rate as decimal(9, 6)) as match_rate,
    from texts
    where said.rate <> ''
    union all
    select
        client_ref,
        2 as tier,
        cast(said.width as decimal(9, 6)) as employee_min,
        cast(said.width as decimal(9, 6)) + cast(said.next_width as decimal(9, 6)) as employee_max,
        cast(said.next_rate as decimal(9, 6)) as match_rate,
    from texts
    where said.next_rate <> ''
),

-- percents become fractions: two figures of four decimals each, exact in eight
matches as (
    select
        client_ref,
        case when count(*) = 1 then 'simple' else 'tiered' end as kind,
        sum((employee_max - employee_min) * match_rate) * cast(0.0001 as decimal(5, 4)) as max_match_percentage,
        max(employee_max) * cast(0.01 as decimal(3, 2)) as max_matched_deferral,
    from tiers
    group by client_ref
    having bool_and(match_rate between 20 and 300 and employee_max > employee_min and employee_max <= 100)
    union all
    select
        client_ref,
        'none' as kind,
        0 as max_match_percentage,
        0 as max_matched_deferral,
    from texts
    where is_none
),

figures as (
    select
        client_ref,
        unnest([
            {'figure': 'match_kind', 'expected': kind},
            {
                'figure': 'max_match_percentage',
                'expected': cast(cast(max_match_percentage as decimal(18, 12)) as varchar)
            },
            {
                'figure': 'max_matched_deferral',
                'expected': cast(cast(max_matched_deferral as decimal(18, 12)) as varchar)
            }
        ]) as said,
    from matches
    union all
    select
        tiers.client_ref,
        unnest([
            {%- for edge, column in [('from', 'employee_min'), ('to', 'employee_max'), ('rate', 'match_rate')] %}
            {
                'figure': 'band 0 tier ' || tiers.tier || ' {{ edge }}',
                'expected': cast(cast(tiers.{{ column }} * cast(0.01 as decimal(3, 2)) as decimal(18, 12)) as varchar)
            }{% if not loop.last %},{% endif %}
            {%- endfor %}
        ]) as said,
    from tiers
    inner join matches on tiers.client_ref = matches.client_ref
)

select
    client_ref,
    'match_formula' as field,
    said.figure as figure,
    said.expected as expected,
from figures
