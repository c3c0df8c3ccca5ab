-- Grain: one row per segment and measure; of what is kept back not even how many there are.
-- Needs the macros of figures.sql.
with

told as (
    select
        *,
        suppressed_reason is null as is_published,
        having_it / cast(n as double) as share,
        1.959963984540054 as z,
    from cells
),

-- Wilson's interval: its centre and half its width
bounded as (
    select
        *,
        (share + z * z / (2 * n)) / (1 + z * z / n) as centre,
        z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n) as half_width,
    from told
)

select
    segment_kind,
    case segment_kind
        when 'all' then 'all'
        when 'industry' then industry
        when 'band' then band
        else industry || ', ' || band
    end as segment,
    kind,
    measure,
    label,
    if(is_published, n, null) as n,
    if(is_published, organisations, null) as organisations,
    if(is_published, having_it, null) as having_it,
    if(is_published, share, null) as share,
    if(is_published, greatest(0, centre - half_width), null) as wilson_low,
    if(is_published, least(1, centre + half_width), null) as wilson_high,
    if(is_published, percent(share), null) as written,
    suppressed_reason,
from bounded
order by
    array_position(['all', 'industry', 'band', 'industry and band'], segment_kind),
    industry nulls first, size_band nulls first, kind, measure;
