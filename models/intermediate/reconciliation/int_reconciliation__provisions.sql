-- Grain: one row per client, field and published figure of a nonelective contribution, a vesting schedule or an
-- eligibility whose text has one of the plainest shapes (`3% of compensation`, `3-year cliff`, `Age 21 and 1 year`).
-- Decided here: what such a text comes to. Any other text has no row here.
with

cells as (
    select *,
    from {{ ref('int_reconciliation__cells') }}
    where not is_decided_by_reviewer
),

-- a match text may hold nonelective money, too: only beside one that is plain itself, or not there, is the column all
plain_matches as (
    select client_ref,
    from {{ ref('int_reconciliation__matches') }}
    union
    select client_ref,
    from {{ ref('int_clients') }}
    where client_ref not in (
        select texts.client_ref,
        from {{ ref('int_reconciliation__cells') }} as texts
        where texts.field = 'match_formula'
    )
),

nonelectives as (
    select
        client_ref,
        case
            when text in ('none', '0%') then 0
            when regexp_full_match(text, '\d{1,2}(\.\d{1,4})?%( of (eligible )?(pay|compensation))?')
                then cast(regexp_extract(text, '^[\d.]+') as decimal(18, 12)) * cast(0.01 as decimal(3, 2))
            when unit = 'fraction' and bare_number <= 1 then bare_number
            when unit = 'percent' and bare_number <= 100 then bare_number * cast(0.01 as decimal(3, 2))
        end as rate,
    from cells
    where field = 'nonelective_formula' and client_ref in (select plain.client_ref, from plain_matches as plain)
),

vestings as (
    select
        client_ref,
        case when text in ('immediate', '100% immediate') then 0 else try_cast(text[1] as integer) end as years,
        -- graded schedules by their names in the contract: six years means none in the first, the others from year one
        coalesce(regexp_full_match(text, '[3-6][- ]year graded'), false) as is_graded,
    from cells
    where
        field = 'vesting_schedule'
        and regexp_full_match(text, '(100% )?immediate|[1-5][- ]year cliff|[3-6][- ]year graded')
),

vested as (
    select
        client_ref,
        case
            when not is_graded then [case when year = years then 1 else 0 end for year in range(years + 1)]
            when years = 6 then [0, 0, 0.2, 0.4, 0.6, 0.8, 1]
            when years = 5 then [0, 0.2, 0.4, 0.6, 0.8, 1]
            when years = 4 then [0, 0.25, 0.5, 0.75, 1]
            when years = 3 then [0, 0.3333333333, 0.6666666667, 1]
        end as shares,
    from vestings
),

eligibilities as (
    select
        client_ref,
        text = 'immediate' as is_immediate,
        regexp_extract(
            text,
            '^(?:age (\d\d)(?: and |, |$))?(?:([1-9]\d{0,2}) (day|month|year)s?(?: of service)?(?:, |$))?'
            || '(?:([1-9]\d{2,3}) hours)?$',
            ['age', 'wait', 'unit', 'hours']
        ) as said,
    from cells
    where field = 'eligibility'
),

figures as (
    select
        client_ref,
        'nonelective_formula' as field,
        unnest([
            {'figure': 'core_kind', 'expected': case when rate = 0 then 'none' else 'flat' end},
            {
                'figure': 'core_rate',
                'expected': case when rate > 0 then cast(cast(rate as decimal(18, 12)) as varchar) end
            }
        ]) as said,
    from nonelectives
    where rate between 0 and 1
    union all
    select
        client_ref,
        'vesting_schedule' as field,
        unnest([
            {'figure': 'year ' || year, 'expected': cast(cast(shares[year + 1] as decimal(18, 12)) as varchar)}
            for year in range(len(shares))
        ]) as said,
    from vested
    union all
    select
        client_ref,
        'vesting_schedule' as field,
        {
            'figure': 'vesting_schedule_array', 'expected': cast(cast(shares as decimal(18, 12)[]) as varchar)
        } as said,
    from vested
    union all
    select
        client_ref,
        'eligibility' as field,
        unnest([
            {
                'figure': 'waiting_period_months',
                'expected': case
                    when is_immediate then '0'
                    when said.unit = 'month' then said.wait
                    when said.unit = 'year' then cast(12 * try_cast(said.wait as integer) as varchar)
                end
            },
            {'figure': 'waiting_period_days', 'expected': case when said.unit = 'day' then said.wait end},
            {'figure': 'minimum_hours', 'expected': nullif(said.hours, '')},
            {'figure': 'minimum_age', 'expected': nullif(said.age, '') || '.0'}
        ]) as said,
    from eligibilities
    where is_immediate or said.age || said.wait || said.hours <> ''
)

select
    client_ref,
    field,
    said.figure as figure,
    said.expected as expected,
from figures
