-- Grain: one row per client, field and published figure whose text is canonical: a plain number, percent, yes or no,
-- ISO date, head count, state code or name.
-- Decided here: what the second path makes of it. Any other text is left to the parsers alone and has no row here.
with

cells as (
    select
        *,
        case
            when regexp_full_match(text, '\d{1,2}(\.\d{1,10})?%|100%')
                then cast(rtrim(text, '%') as decimal(18, 12)) * cast(0.01 as decimal(3, 2))
            when unit = 'fraction' and bare_number <= 1 then bare_number
            when unit = 'percent' and bare_number <= 100 then bare_number * cast(0.01 as decimal(3, 2))
        end as rate,
        case when text in ('true', 'yes') then true when text in ('false', 'no') then false end as answer,
        case
            when regexp_full_match(text, '\d{4}-\d\d-\d\d([ t]\d\d:\d\d:\d\d(\.\d+)?z?)?')
                then cast(try_cast(rtrim(text, 'z') as timestamp) as date)
            -- behind a day above 12 there is one reading
            when
                regexp_full_match(text, '\d\d/(1[3-9]|2\d|3[01])/\d{4}')
                then cast(try_strptime(text, '%m/%d/%Y') as date)
        end as day,
        case when regexp_full_match(text, '[1-9]\d{0,2}(,\d{3}){1,2}|[1-9]\d{0,6}') then replace(text, ',', '') end
            as number,
    from {{ ref('int_reconciliation__cells') }}
    where not is_decided_by_reviewer
),

switches as (
    select
        client_ref,
        any_value(answer) filter (where field = 'auto_enrollment_enabled') as is_enrolling,
        any_value(answer) filter (where field = 'auto_escalation_enabled') as is_escalating,
    from cells
    group by client_ref
),

joined as (
    select
        cells.*,
        switches.is_enrolling,
        switches.is_escalating,
        states.state_code,
    from cells
    inner join switches on cells.client_ref = switches.client_ref
    left join {{ ref('states') }} as states
        on cells.field = 'state' and length(cells.text) = 2 and cells.text = states.spelling
),

read as (
    select
        client_ref,
        field,
        unnest(case
            when field in ('match_effective_rate', 'participation_rate', 'avg_deferral_rate') and rate is not null
                then [{'figure': field, 'expected': cast(cast(rate as decimal(18, 12)) as varchar)}]
            when field = 'auto_enrollment_rate' and rate is not null and is_enrolling is not null
                then [
                    {
                        'figure': 'default_deferral_rate',
                        'expected': case when is_enrolling then cast(cast(rate as decimal(18, 12)) as varchar) end
                    },
                    {
                        'figure': 'unexported_auto_enrollment_rate',
                        'expected': case when not is_enrolling then cast(cast(rate as decimal(18, 12)) as varchar) end
                    }
                ]
            when
                field in ('auto_escalation_cap', 'auto_escalation_rate')
                and rate is not null and is_escalating is not null
                then [{
                    'figure': field,
                    'expected': case when is_escalating then cast(cast(rate as decimal(18, 12)) as varchar) end
                }]
            when
                field in ('auto_enrollment_enabled', 'auto_escalation_enabled', 'match_true_up')
                and answer is not null
                then [{'figure': field, 'expected': cast(answer as varchar)}]
            when
                field in (
                    'last_updated', 'plan_effective_on', 'plan_amended_on', 'plan_year_start_on', 'plan_year_end_on'
                )
                and day between date '1950-01-01' and date '2100-01-01'
                then [{'figure': field, 'expected': cast(day as varchar)}]
            when field = 'employee_count' and cast(number as bigint) <= 5000000
                then [{'figure': field, 'expected': number}]
            when field = 'auto_enrollment_effective_year' and regexp_full_match(text, '(19|20)\d\d')
                then [{'figure': field, 'expected': text}]
            when field = 'state' and upper(text) = state_code
                then [{'figure': field, 'expected': state_code}]
            when
                field = 'industry'
                and text in ('healthcare', 'higher_ed', 'manufacturing', 'nonprofit', 'government', 'other')
                then [{'figure': field, 'expected': text}]
            -- a name is published as it stands
            when
                field in ('client_name', 'data_source', 'plan_type')
                and regexp_full_match(text, '[a-z0-9][a-z0-9 &,.()/-]*[a-z()][a-z0-9 &,.()/-]*') and text <> 'tbd'
                then [{'figure': field, 'expected': trim(raw)}]
        end) as said,
    from joined
)

select
    client_ref,
    field,
    said.figure as figure,
    said.expected as expected,
from read
