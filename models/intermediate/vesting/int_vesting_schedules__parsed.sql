-- Grain: one row per distinct raw text, whatever column it stood in.
-- Decided here: the one array that everything a text says agrees on - index = completed years of service, value =
-- fraction vested - or the reason why there is none. Grammar: int_vesting_schedules__marked.
--
-- Every name is a pair (first year with a step, year of 100 %): cliff n = n-n, graded n = 1-n (6 and 7: the statutory
-- 2-6 and 3-7), graded a-b = a-b, immediate = 0-0. Points make the array only where no name, rate or list does;
-- otherwise they must agree with it.
with

marked as (
    select
        *,
        {{ vesting_names('marks') }} as names,
    from {{ ref('int_vesting_schedules__marked') }}
),

extracted as (
    select
        *,
        list_distinct(regexp_extract_all(names, '<STEPS:[0-9:]+>')) as steps,
        list_distinct(regexp_extract_all(marks, '<RATE:([^>]*)>', 1)) as rates,
        regexp_extract_all(marks, '<LIST ([^>]*)>', 1) as lists,
        cast(regexp_extract_all(marks, '<PT:([0-9]+):', 1) as integer[]) as point_years,
        list_transform(
            regexp_extract_all(marks, '<PT:[0-9]+:([^>]*)>', 1), lambda token: {{ vesting_percent('token') }}
        ) as point_rates,
        cast(regexp_extract_all(marks, '<ZERO:([0-9]+)>', 1) as integer[]) as zero_years,
        cast(regexp_extract_all(marks, '<(?:OVER|YEARS):([0-9]+)>', 1) as integer[]) as lengths,
        cast(regexp_extract_all(marks, '<TO:([0-9]+)>[^<]*<PT:([0-9]+)', 1) as integer[]) as band_ends,
        cast(regexp_extract_all(marks, '<TO:([0-9]+)>[^<]*<PT:([0-9]+)', 2) as integer[]) as band_starts,
    from marked
),

valued as (
    select
        *,
        list_transform(
            regexp_extract_all(lists[1], '[0-9]+(?:\.[0-9]+)?(?:_[0-9]/[0-9])?'),
            lambda token: {{ vesting_percent('token') }}
        ) as listed,
        -- years of equal steps, where the rate divides 100 %
        case
            when len(rates) <> 1 then null
            when contains(rates[1], '_')
                then {{ vesting_rate_years(
                    "cast(split_part(rates[1], '_', 1) as bigint) * cast(right(rates[1], 1) as bigint) "
                    ~ "+ cast(rates[1][-3] as bigint)", "cast(right(rates[1], 1) as bigint)"
                ) }}
            else {{ vesting_rate_years("cast(cast(rates[1] as decimal(12, 4)) * 10000 as bigint)", "10000") }}
        end as rate_years,
        -- the year of the first step of a rate: stated, or that of the point with the same percentage, or the year
        -- before which nothing is vested
        coalesce(
            cast(nullif(regexp_extract(marks, '<START:([0-9]+)>', 1), '') as integer),
            case when len(rates) = 1 then point_years[list_position(point_rates, {{ vesting_percent('rates[1]') }})] end
        ) as rate_start,
        cast(nullif(regexp_extract(marks, '<(?:AFTER|BEGIN):([0-9]+)>', 1), '') as integer) as vague_start,
        case when list_contains(point_rates, 1) then point_years[list_position(point_rates, 1)] end as full_year,
    from extracted
),

arrayed as (
    select
        *,
        list_transform(steps, lambda step: {{ vesting_array(
            "cast(split_part(step, ':', 2) as integer)", "cast(rtrim(split_part(step, ':', 3), '>') as integer)"
        ) }})
        || case
            when rate_years is null then []
            when rate_start is not null then [{{ vesting_array('rate_start', '(rate_start + rate_years - 1)') }}]
            -- `20% per year after 2 years` starts at 2 or at 3: only the year of 100 %, or a name, can tell
            when vague_start is not null and full_year - rate_years + 1 in (vague_start, vague_start + 1)
                then [{{ vesting_array('(full_year - rate_years + 1)', 'full_year') }}]
            when vague_start is not null then []
            else [{{ vesting_array('1', 'rate_years') }}]
        end
        || case when len(lists) > 0 and listed[1] = 0 then [listed] else [] end as stated_arrays,
        -- the rate of the last point up to each year
        case
            when len(point_years) > 0
                then list_transform(range(0, list_max(point_years) + 1), lambda year_of_service: coalesce(
                    list_last(list_filter(
                        list_zip(point_years, point_rates), lambda point: point[1] <= year_of_service
                    ))[2], 0
                ))
        end as pointed,
    from valued
),

chosen as (
    select
        *,
        case
            when len(list_distinct(stated_arrays)) = 1 then stated_arrays[1]
            when len(stated_arrays) = 0 and len(rates) = 0 and len(lists) = 0 then pointed
        end as array_,
    from arrayed
),

checked as (
    select
        *,
        {{ vesting_reason() }} as reason,
    from chosen
)

select
    raw,
    formula_text,
    terms,
    marks,
    leftover_tokens,
    case
        when is_unknown then null
        when reason is not null then 'unresolved'
        else {{ vesting_kind('array_') }}
    end as vesting_kind,
    case
        when reason is not null then 'unresolved'
        when names like '%<DERIVED>%' then 'derived'
        else 'exact'
    end as status,
    case when reason is null then cast([] as varchar[]) else [reason] end as reasons,
    case when reason is null then cast(array_ as decimal(18, 12)[]) end as vesting_schedule_array,
    contains(names, '<DERIVED>') as is_statutory_name,
from checked
