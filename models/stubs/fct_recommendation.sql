-- Grain: one row per client and recommendation. A stand-in with the interface's columns and no rows, until the
-- recommendations are merged: then delete this folder.
select
    cast(null as varchar) as client_ref,
    cast(null as varchar) as recommendation,
    cast(null as varchar) as expected_measure,
    cast(null as decimal(18, 12)) as expected_low,
    cast(null as decimal(18, 12)) as expected_high,
    cast(null as boolean) as is_exported,
where false
