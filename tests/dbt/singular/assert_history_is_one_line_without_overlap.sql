-- Without it a client could have two designs at one time, none of them current though it is there, or a change of a
-- version that does not exist.
with

versions as (
    select
        client_ref,
        version_number,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by client_ref order by version_number) as next_from,
    from {{ ref('dim_plan_design') }}
),

facts as (
    select
        client_ref,
        version_number,
    from {{ ref('fct_design_change') }}
    union all
    select
        client_ref,
        version_number,
    from {{ ref('fct_source_audit') }}
    where version_number is not null
)

select
    'overlap' as problem,
    client_ref,
from versions
where
    not coalesce(valid_from < coalesce(valid_to, timestamp '9999-12-31'), false)
    or next_from < coalesce(valid_to, timestamp '9999-12-31')
union all
select
    'no_current_version' as problem,
    client_ref,
from {{ ref('int_plan_designs__present') }}
where
    client_ref not in (
        select versions.client_ref, from versions
        where versions.valid_to is null
    )
union all
select
    'change_without_version' as problem,
    facts.client_ref,
from facts
left join versions on facts.client_ref = versions.client_ref and facts.version_number = versions.version_number
where versions.client_ref is null
