-- One step: where what is kept back of a total is a single cell, or too little to be told, its smallest published cell
-- is kept back, too; else the total less the published cells would tell it. Returns how many were; run until none is.
update cells
set suppressed_reason = 'would give away a smaller segment'
where cell in (
    with

    -- of a line with something kept back: its cells and organisations are at least the largest cell's
    open_lines as (
        select lines.line,
        from lines
        inner join cells on lines.cell = cells.cell
        group by lines.line
        having
            count(*) filter (where cells.suppressed_reason is not null) > 0
            and count(*) filter (where cells.suppressed_reason is null) > 0
            and (
                count(*) filter (where cells.suppressed_reason is not null) < 2
                or sum(cells.n) filter (where cells.suppressed_reason is not null)
                < cast(getvariable('plans_min') as integer)
                or max(cells.organisations) filter (where cells.suppressed_reason is not null)
                < cast(getvariable('organisations_min') as integer)
            )
    )

    select arg_min(cells.cell, (cells.n, cells.cell)) as smallest,
    from lines
    inner join open_lines on lines.line = open_lines.line
    inner join cells on lines.cell = cells.cell
    where cells.suppressed_reason is null
    group by lines.line
);
