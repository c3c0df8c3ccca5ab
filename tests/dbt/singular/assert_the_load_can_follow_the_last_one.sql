{{ config(tags=['history']) }}
-- Without it a `dbt build` by hand, which asks no gate, would write the end of most clients into the history after one
-- look at a wrong or truncated matrix, or versions in the past of those that are there. PLANWISE_BECAUSE says why a
-- much shorter load is right.
with

standing as (
    select client_ref, from {{ source('state', 'plan_design_history') }}
    where valid_to is null
),

counted as (
    select
        (select count(*), from standing) as standing,
        (
            select count(*),
            from standing
            inner join {{ ref('int_plan_designs__present') }} as present on standing.client_ref = present.client_ref
        ) as still_there,
),

moments as (
    select
        (select max(cast(loaded_at as timestamp)), from {{ source('raw', 'load') }}) as loaded_at,
        (select max(coalesce(valid_to, valid_from)), from {{ source('state', 'plan_design_history') }}) as last_at,
)

select
    'clients_would_end' as problem,
    (standing - still_there) || ' of ' || standing || ' clients would leave the history' as detail,
from counted
where
    still_there < {{ var('gate_row_share_min') }} * standing
    and standing - still_there >= {{ var('gate_rows_fewer_min') }}
    and '{{ env_var("PLANWISE_BECAUSE", "") | trim | length }}' = '0'
union all
select
    'clock_went_back' as problem,
    'the load says ' || loaded_at || ', the history already holds ' || last_at as detail,
from moments
where loaded_at < last_at - interval {{ var('history_hours_back_max') }} hour
