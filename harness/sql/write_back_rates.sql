-- Grain: one row per client and rate column for which the first simulated year of the plan's own design tells a rate.
-- Decided here: the unit and the digits in which the column is kept, and what may be written: a blank, or what planwise
-- wrote there before. A value of somebody else stays, unless `overwrite` is set.
with

-- the unit that the column is kept in: by its own values, else by its rule, else by the other rates of the matrix
units as (
    select
        case
            -- 0.84 beside 91: two units in one column, and no telling which one a new value would be read in
            when max(try_cast({field} as double)) > 1 and min(nullif(try_cast({field} as double), 0)) < 1 then null
            when max(abs(try_cast({field} as double))) > 1 then 'percent'
            when max(abs(try_cast({field} as double))) > 0 then 'fraction'
            when (select max({rule_max}) from {rules} where {rule_field} = '{field}') > 1 then 'percent'
            when (select max({rule_max}) from {rules} where {rule_field} = '{field}') <= 1 then 'fraction'
            when max(abs(try_cast({other_rate} as double))) > 1 then 'percent'
            when max(abs(try_cast({other_rate} as double))) > 0 then 'fraction'
        end as unit
    from {matrix}
),

modelled as (
    select
        refs.client_id,
        outcomes.{measure} as rate,
    from marts.fct_navigator_outcome as outcomes
    inner join marts.dim_scenario as scenarios
        on outcomes.client_ref = scenarios.client_ref and outcomes.scenario = scenarios.scenario
    inner join state.client_ref as refs on outcomes.client_ref = refs.client_ref
    where
        scenarios.outcome_status = 'accepted'
        and outcomes.scenario = 'baseline'
        and outcomes.simulation_year = scenarios.start_year
        and outcomes.{measure} is not null
),

ours as (
    select
        client_id,
        new_value,
    from {audit}
    where field_name = '{field}' and updated_by = '{by}'
    qualify row_number() over (partition by client_id order by updated_at desc, id asc) = 1
),

joined as (
    select
        cast(matrix.client_id as varchar) as client_id,
        cast(matrix.{field} as varchar) as old_value,
        units.unit,
        case units.unit
            when 'percent' then cast(cast(modelled.rate * 100 as decimal(9, 2)) as varchar)
            when 'fraction' then cast(cast(modelled.rate as decimal(9, 4)) as varchar)
        end as new_value,
        ours.new_value as ours,
    from {matrix} as matrix
    inner join modelled on trim(cast(matrix.client_id as varchar)) = modelled.client_id
    cross join units
    left join ours on cast(matrix.client_id as varchar) = ours.client_id
)

select
    client_id,
    '{field}' as field_name,
    old_value,
    new_value,
    case
        when unit is null then 'unit_unknown'
        -- 0.0664 in a column of two digits would read 0.07
        when try_cast(cast(cast(new_value as {type}) as varchar) as decimal(18, 6)) is distinct from cast(new_value as decimal(18, 6))
            then 'column_too_coarse'
        when try_cast(old_value as decimal(18, 6)) = cast(new_value as decimal(18, 6)) then 'unchanged'
        when
            old_value is not null and trim(old_value) <> ''
            and try_cast(old_value as decimal(18, 6)) is distinct from try_cast(ours as decimal(18, 6))
            and not {overwrite}
            then 'kept'
        else 'write'
    end as action,
from joined
order by client_id
