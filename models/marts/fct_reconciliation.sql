-- Grain: one row per field of the Design Matrix that the second path recomputes.
-- Decided here: nothing; for how many clients the text is plain enough to be recomputed, and whether the sums agree.
with

fields as (
    select
        field,
        count(*) as clients,
    from {{ ref('int_reconciliation__cells') }}
    group by field
),

-- a rate, a count, a day or a yes as a number, so that a column has a sum; a name has none
compared as (
    select
        *,
    {% for side in ['expected', 'published'] -%}
    coalesce(
        try_cast({{ side }} as decimal(18, 12)),
        datediff('day', date '1970-01-01', try_cast({{ side }} as date)),
        case {{ side }} when 'true' then 1 when 'false' then 0 end
    ) as {{ side }}_number,
    {% endfor -%}
    from {{ ref('int_reconciliation__compared') }}
),

summed as (
    select
        field,
        count(distinct client_ref) as canonical,
        count(distinct client_ref) filter (where is_held) as held,
        count(distinct client_ref) filter (where not is_agreeing) as disagreeing,
        count(distinct client_ref) filter (where is_held or not is_agreeing) as others,
        count(expected) filter (where not is_held) as figures_raw,
        count(published) filter (where not is_held) as figures_published,
        sum(expected_number) filter (where not is_held) as sum_raw,
        sum(published_number) filter (where not is_held) as sum_published,
        md5(string_agg(client_ref || figure || expected, ',' order by client_ref, figure) filter (where not is_held))
            as checksum_raw,
        md5(string_agg(client_ref || figure || published, ',' order by client_ref, figure) filter (where not is_held))
            as checksum_published,
    from compared
    group by field
)

select
    fields.field,
    case
        when fields.field in ('match_formula', 'match_effective_rate', 'match_true_up') then 'match'
        when fields.field = 'nonelective_formula' then 'nonelective'
        when fields.field = 'vesting_schedule' then 'vesting'
        when starts_with(fields.field, 'auto_enrollment') then 'auto_enrollment'
        when starts_with(fields.field, 'auto_escalation') then 'auto_escalation'
        when fields.field in ('participation_rate', 'avg_deferral_rate') then 'participation'
        when fields.field = 'eligibility' then 'eligibility'
        when
            fields.field = 'last_updated' or starts_with(fields.field, 'plan_year') or ends_with(fields.field, '_on')
            then 'dates'
        else 'client'
    end as family,
    fields.clients,
    coalesce(summed.canonical, 0) as canonical,
    coalesce(summed.canonical - summed.others, 0) as agreeing,
    coalesce(summed.held, 0) as held,
    coalesce(summed.disagreeing, 0) as disagreeing,
    coalesce(summed.figures_raw, 0) as figures_raw,
    coalesce(summed.figures_published, 0) as figures_published,
    cast(summed.sum_raw as decimal(38, 12)) as sum_raw,
    cast(summed.sum_published as decimal(38, 12)) as sum_published,
    summed.checksum_raw,
    summed.checksum_published,
from fields
left join summed on fields.field = summed.field
