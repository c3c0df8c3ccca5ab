-- Grain: one row per client and held field for which the text itself offers readings.
-- Decided here: the readings between which a person must choose, as wordings that the parsers settle. Never applied by
-- itself.
with

candidates as (
    select
        client_ref,
        'nonelective_formula' as field,
        unnest([{{ percent_text('core_low_rate') }}, {{ percent_text('core_high_rate') }}]) as reading,
    from {{ ref('int_employer_money__resolved') }}
    where core_reasons = ['range_without_schedule'] and embedded_core_text is null
    union all
    -- the same maximum by two shapes: the usual safe-harbour tiers, or one rate
    select
        client_ref,
        'match_formula' as field,
        unnest(case
            when regexp_matches(match_formula_text, '^\D*4') then ['100% up to 3% + 50% of the next 2%', '80% up to 5%']
            else ['100% of the first 1% + 50% of the next 5%', '58.3333333333% up to 6%']
        end) as reading,
    from {{ ref('int_employer_money__resolved') }}
    where match_reasons = ['shape_not_stated'] and regexp_matches(match_formula_text, '(?i)^\s*max')
    union all
    select
        client_ref,
        'match_formula' as field,
        unnest(['Basic safe harbor match', 'QACA safe harbor match']) as reading,
    from {{ ref('int_employer_money__resolved') }}
    where match_reasons = ['shape_not_stated'] and not regexp_matches(match_formula_text, '(?i)^\s*max')
    union all
    select
        clients.client_ref,
        scalars.field,
        unnest([
            trim(scalars.raw) || '%', {{ percent_text("try_cast(trim(scalars.raw) as decimal(18, 12))") }}
        ]) as reading,
    from {{ ref('int_scalars__parsed') }} as scalars
    inner join {{ ref('int_clients') }} as clients
        on
            scalars.row_number = clients.row_number
            and scalars.file is not distinct from clients.file
            and scalars.sheet is not distinct from clients.sheet
    where scalars.reason in ('unit_undecided', 'unit_outlier')
)

select
    client_ref,
    field,
    list(reading order by reading) as readings,
from candidates
where reading is not null
group by client_ref, field
