-- Grain: one row per source file and sheet.
-- Decided here: which of the known columns the source has at all; a column that is not there says nothing, a blank cell
-- does.
select
    _file as file,
    _sheet as sheet,
    list(canonical_name order by position) filter (where canonical_name is not null) as columns_present,
from {{ source('raw', 'source_columns') }}
group by _file, _sheet
