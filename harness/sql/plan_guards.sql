-- Grain: one row per volume guard that the plan trips.
-- Decided here: which do, by clients and not by documents. Reads `planned`; the thresholds are vars of dbt_project.yml.
-- A file that was changed by hand counts for none of them: it is put right again. Nor does a document that says something
-- new of peers or outcomes only: a few changed clients change the places of all their peers.
with

clients as (
    select
        client_ref,
        bool_or(is_delivered) as was_delivered,
        bool_or(action in ('insert', 'update', 'unchanged')) as goes_on,
        bool_or(cause = 'gone') as is_gone,
        coalesce(bool_or(action <> 'unchanged' and cause in ('source', 'planwise', 'renderer', 'new', 'not_due')), false)
            as is_changed,
        coalesce(bool_and(cause in ('planwise', 'renderer')) filter (action <> 'unchanged'), false) as is_same_design,
    from planned
    group by client_ref
),

counted as (
    select
        count(*) filter (was_delivered) as confirmed,
        count(*) filter (goes_on) as going,
        count(*) filter (was_delivered and is_gone) as gone,
        count(*) filter (was_delivered and goes_on and is_changed) as changed,
        count(*) filter (was_delivered and goes_on and is_changed and is_same_design) as same_designs,
        list(client_ref order by client_ref) filter (was_delivered and not goes_on) as leaving_refs,
        list(client_ref order by client_ref) filter (was_delivered and is_gone) as gone_refs,
        list(client_ref order by client_ref) filter (was_delivered and goes_on and is_changed) as changed_refs,
    from clients
)

select
    'rows' as guard,
    confirmed - going as affected,
    confirmed,
    0 as same_designs,
    {guard_rows_share_min} as threshold,
    leaving_refs as client_refs,
from counted
where going < {guard_rows_share_min} * confirmed and confirmed - going >= {guard_clients_min}
union all
select
    'deletes' as guard,
    gone as affected,
    confirmed,
    0 as same_designs,
    {guard_deletes_share_max} as threshold,
    gone_refs as client_refs,
from counted
where gone > {guard_deletes_share_max} * confirmed and gone >= {guard_clients_min}
union all
select
    'changes' as guard,
    changed as affected,
    confirmed,
    same_designs,
    {guard_changes_share_max} as threshold,
    changed_refs as client_refs,
from counted
where changed > {guard_changes_share_max} * confirmed and changed >= {guard_clients_min}
