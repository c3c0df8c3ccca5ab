-- Grain: one row per source row and scalar field.
-- Decided here: the value of every rate, date, boolean, count, year, state and industry, or why there is none. A bare
-- number has its column's unit (int_column_units__decided); status null with reason unknown is a blank.
with

units as (
    select
        column_name,
        unit_decided,
        unit_setting,
    from {{ ref('int_column_units__decided') }}
),

scalars as (
    select
        spelled.*,
        case
            when units.unit_setting in ('percent', 'fraction') then units.unit_setting
            when units.unit_decided = 'fraction' and spelled.bare_value > 1 then 'outlier'
            when units.unit_decided = 'percent' and spelled.bare_value > 0 and spelled.bare_value < 1 then 'outlier'
            else coalesce(units.unit_decided, 'undecided')
        end as unit,
        case when spelled.kind = 'industry' then {{ industry_read('spelled.spelled') }} end as industry_parts,
    from {{ ref('int_scalars__spelled') }} as spelled
    left join units on spelled.field = units.column_name
    where spelled.kind <> 'vote'
),

-- the unit that each number is read in; where the column's is not known, percents give the smaller reading
rate_units as (
    select
        *,
        if(unit = 'fraction', 'fraction', 'percent') as bare_unit,
    from scalars
),

rates as (
    select
        *,
        case
            when kind = 'rate'
                then {{ rate_fraction('rate_parts.first',
                    rate_unit('rate_parts', 'bare_unit', 'first_unit', 'second_unit')) }}
        end as first_rate,
        case
            when kind = 'rate'
                then {{ rate_fraction('rate_parts.second',
                    rate_unit('rate_parts', 'bare_unit', 'second_unit', 'first_unit')) }}
        end as second_rate,
        case when bare_value is not null then {{ rate_fraction('rate_parts.first', "'percent'") }} end as as_percent,
    from rate_units
),

-- a code stands for itself or, where its whole group is one industry, for everything below it
coded as (
    select distinct
        rates.industry_parts.code as code,
        naics.industry,
    from rates
    inner join {{ ref('naics_industries') }} as naics
        on
            rates.industry_parts.code = naics.naics_prefix
            or (naics.takes_longer_codes = 'true' and starts_with(rates.industry_parts.code, naics.naics_prefix))
    where rates.kind = 'industry' and rates.industry_parts.code <> ''
),

parsed as (
    select
        rates.*,
        case
            when rates.kind = 'rate'
                then {{ rate_parsed('plain', 'rates.spelled', 'rate_parts', 'unit', 'first_rate', 'second_rate') }}
        end as rate,
        case when rates.kind = 'date' then {{ date_parsed('plain', 'rates.spelled') }} end as day,
        case when rates.kind = 'boolean' then {{ boolean_parsed('plain') }} end as answer,
        case rates.kind
            when 'count' then {{ count_parsed('plain', 'rates.spelled') }}
            when 'year' then {{ year_parsed('plain') }}
        end as number,
        case rates.kind
            when 'state' then {{ state_parsed('plain', 'states.state_code') }}
            when 'industry'
                then {{ industry_parsed('plain', 'industry_parts', 'coded.industry', 'industries.industry') }}
        end as place,
    from rates
    left join {{ ref('states') }} as states on rates.kind = 'state' and rates.spelled = states.spelling
    left join {{ ref('industries') }} as industries on rates.industry_parts.words = industries.spelling
    left join coded on rates.industry_parts.code = coded.code
),

outcomes as (
    select
        *,
        coalesce(rate.status, day.status, answer.status, number.status, place.status) as status,
        coalesce(rate.reason, day.reason, answer.reason, number.reason, place.reason) as reason,
    from parsed
)

select
    file,
    sheet,
    row_number,
    field,
    raw,
    rate.value as rate_value,
    rate.low as low_rate,
    rate.high as high_rate,
    day.value as date_value,
    answer.value as boolean_value,
    number.value as count_value,
    number.is_approximate as is_approximate,
    place.value as text_value,
    status,
    reason,
    case
        when status <> 'exact' then {{ scalar_message('field', 'raw', 'reason', 'as_percent', 'bare_value') }}
    end as message,
from outcomes
