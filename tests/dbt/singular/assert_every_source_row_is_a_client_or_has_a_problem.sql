-- Without it a row could be lost, or doubled, by a join between the file and the clients, and nobody would miss it.
with

landed as (
    select
        _file as file,
        _sheet as sheet,
        _row as row_number,
        count(*) as rows_landed,
    from {{ source('raw', 'plan_designs') }}
    group by _file, _sheet, _row
),

accounted_for as (
    select
        file,
        sheet,
        row_number,
    from {{ ref('int_clients') }}
    union all
    select
        file,
        sheet,
        row_number,
    from {{ ref('int_source_rows') }}
    where id_problem in ('missing', 'duplicate')
),

counted as (
    select
        file,
        sheet,
        row_number,
        count(*) as rows_accounted_for,
    from accounted_for
    group by file, sheet, row_number
)

select
    coalesce(landed.file, counted.file) as file,
    coalesce(landed.sheet, counted.sheet) as sheet,
    coalesce(landed.row_number, counted.row_number) as row_number,
    coalesce(landed.rows_landed, 0) as rows_landed,
    coalesce(counted.rows_accounted_for, 0) as rows_accounted_for,
from landed
full outer join counted
    on
        landed.file is not distinct from counted.file
        and landed.sheet is not distinct from counted.sheet
        and landed.row_number is not distinct from counted.row_number
where landed.rows_landed is distinct from counted.rows_accounted_for
