-- Grain: one row per row of the Design Matrix.
-- Decided here: whether the row names a client. A missing id, or one that two rows share, names nobody (rule S03).
with

plans as (
    select
        load_id,
        file,
        sheet,
        row_number,
        client_id,
        case
            when client_id is null then 'missing'
            when count(*) over (partition by client_id) > 1 then 'duplicate'
        end as id_problem,
    from {{ ref('stg_design_matrix__plans') }}
)

select
    plans.load_id,
    plans.file,
    plans.sheet,
    plans.row_number,
    plans.client_id,
    references_known.client_ref,
    plans.id_problem,
from plans
left join {{ ref('client_ref') }} as references_known on plans.client_id = references_known.client_id
