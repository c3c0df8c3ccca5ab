-- Grain: one row per day of the ISO calendar.
-- Decided here: which days - without a gap from 1900 to ten years after the load (what Navigator simulates), and the
-- whole of every year beyond that in which a fact has a day. Plan years differ by client and are in fct_plan_design.
{%- set days = {
    'dim_client': ['last_updated_on'],
    'fct_plan_design': [
        'auto_enrollment_cutoff_on', 'plan_effective_on', 'plan_amended_on', 'plan_year_start_on', 'plan_year_end_on'
    ],
    'dim_plan_design': ['valid_from', 'valid_to', 'last_updated_on'],
    'fct_source_audit': ['changed_at'],
    'dim_scenario': ['run_at', 'pulled_at'],
} %}
with

years as (
    select unnest(generate_series(1900, year(loaded_at) + 10)) as year_number,
    from (select cast(load.loaded_at as timestamp) as loaded_at, from {{ source('raw', 'load') }} as load) as loads
    {% for mart, columns in days.items() -%}
    {% for column in columns -%}
    union
    select year({{ column }}) as year_number, from {{ ref(mart) }}
    {% endfor -%}
    {% endfor %}
),

days as (
    select
        cast(unnest(generate_series(
            make_date(cast(year_number as bigint), 1, 1),
            make_date(cast(year_number as bigint), 12, 31),
            interval 1 day
        )) as date) as date_on,
    from years
    where year_number is not null
)

select
    date_on,
    cast(year(date_on) as integer) as year_number,
    cast(quarter(date_on) as integer) as quarter_number,
    cast(month(date_on) as integer) as month_number,
    monthname(date_on) as month_name,
    cast(day(date_on) as integer) as day_of_month,
    cast(dayofyear(date_on) as integer) as day_of_year,
    cast(isoyear(date_on) as integer) as iso_year,
    cast(week(date_on) as integer) as iso_week,
    cast(isodow(date_on) as integer) as iso_weekday,
    dayname(date_on) as day_name,
    isodow(date_on) > 5 as is_weekend,
    cast(date_trunc('month', date_on) as date) as month_start_on,
    cast(date_trunc('quarter', date_on) as date) as quarter_start_on,
from days
