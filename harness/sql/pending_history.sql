-- what the present load would add to the history; read-only on both files
with

standing as (
    select client_ref, design_checksum from state.plan_design_history where valid_to is null
),

compared as (
    select
        standing.client_ref is null as is_begun,
        present.client_ref is null as is_ended,
        present.design_checksum is distinct from standing.design_checksum as is_other
    from int_plan_designs__present as present
    full join standing on present.client_ref = standing.client_ref
),

editors as (
    select distinct nullif(trim(updated_by), '') as editor from raw.audit_log
    except
    select editor from state.editor_ref
)

select 'begun' as what, count(*) filter (where is_begun) as how_many from compared
union all
select 'changed', count(*) filter (where is_other and not is_begun and not is_ended) from compared
union all
select 'ended', count(*) filter (where is_ended) from compared
union all
select 'editors', count(editor) from editors
