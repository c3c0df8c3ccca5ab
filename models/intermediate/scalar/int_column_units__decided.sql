-- Grain: one row per column of rates in the load (the columns of rates, and nonelective_formula).
-- Decided here: whether the bare numbers of a column are percents or fractions. A number between 0 and 1 speaks for
-- fraction, one above 1 up to 100 for percent, 0 and 1 fit both; the majority of the whole column decides, a tie
-- decides nothing. Numbers with a written unit do not vote. The setting of the load, percent or fraction, overrides the
-- vote.
with

settings as (
    select unit_setting,
    from {{ source('raw', 'load') }}
),

votes as (
    select
        field as column_name,
        count(*) filter (where bare_value > 0 and bare_value < 1) as votes_fraction,
        count(*) filter (where bare_value > 1 and bare_value <= 100) as votes_percent,
        count(*) filter (where bare_value in (0, 1)) as votes_both,
        count(bare_value) as n_values,
        string_agg(distinct raw, ', ' order by raw) filter (where bare_value > 0 and bare_value < 1)
            as fraction_values,
        string_agg(distinct raw, ', ' order by raw) filter (where bare_value > 1 and bare_value <= 100)
            as percent_values,
    from {{ ref('int_scalars__spelled') }}
    where kind in ('rate', 'vote')
    group by field
),

decided as (
    select
        votes.*,
        settings.unit_setting,
        case
            when settings.unit_setting in ('percent', 'fraction') then settings.unit_setting
            when votes.votes_fraction > votes.votes_percent then 'fraction'
            when votes.votes_percent > votes.votes_fraction then 'percent'
            else 'undecided'
        end as unit_decided,
        case
            when unit_decided = 'fraction' then votes.percent_values
            when unit_decided = 'percent' then votes.fraction_values
        end as outlier_values,
    from votes
    cross join settings
)

select
    column_name,
    unit_setting,
    unit_decided,
    votes_fraction,
    votes_percent,
    votes_both,
    n_values,
    case
        when unit_setting in ('percent', 'fraction') then 'the load was run with units ' || unit_setting
        when n_values = 0 then 'no bare number in the column, so no unit is needed'
        when unit_decided = 'undecided' and votes_fraction + votes_both = 0
            then 'no bare number in the column can be a rate in either unit'
        when unit_decided = 'undecided' and votes_fraction = 0
            then 'every bare number is 0 or 1, which fits percents and fractions alike'
        when unit_decided = 'undecided'
            then
                'as many numbers between 0 and 1 (' || left(fraction_values, 200)
                || ') as above 1 (' || left(percent_values, 200) || ')'
        else
            votes_fraction || ' numbers between 0 and 1, ' || votes_percent || ' above 1, '
            || votes_both || ' that fit both' || coalesce('; held as outliers: ' || left(outlier_values, 200), '')
    end as explanation,
from decided
