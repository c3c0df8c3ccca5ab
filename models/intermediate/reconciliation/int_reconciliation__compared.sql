-- Grain: one row per client, field and figure that either path has, for the texts that the second path understands. A
-- view: it says what the marts hold at the moment it is asked.
-- Decided here: whether what is published is what the second path makes of the same cell, or nothing where the field is
-- held (rule R02).
with

recomputed as (
    select * from {{ ref('int_reconciliation__scalars') }}
    union all
    select * from {{ ref('int_reconciliation__matches') }}
    union all
    select * from {{ ref('int_reconciliation__provisions') }}
),

published as (
    select
        client_ref,
        unnest([
            {%- for field, figure, column in reconciled_design_columns() %}
            {'field': '{{ field }}', 'figure': '{{ figure }}', 'published': cast({{ column }} as varchar)}{% if not loop.last %},{% endif %}
            {%- endfor %}
        ], recursive := true),
    from {{ ref('fct_plan_design') }}
    union all
    select
        client_ref,
        unnest([
            {%- for column in ['client_name', 'industry', 'employee_count', 'state', 'plan_type', 'data_source'] %}
            {'field': '{{ column }}', 'figure': '{{ column }}', 'published': cast({{ column }} as varchar)}{% if not loop.last %},{% endif %}
            {%- endfor %}
        ], recursive := true),
    from {{ ref('dim_client') }}
    union all
    select
        client_ref,
        'match_formula' as field,
        'band ' || band_number || ' tier ' || tier || edge as figure,
        cast(rate as varchar) as published,
    from (
        unpivot (
            select client_ref, band_number, tier, employee_min as " from", employee_max as " to", match_rate as " rate",
            from {{ ref('fct_match_tier') }}
        )
        on " from", " to", " rate" into name edge value rate
    )
    union all
    select
        client_ref,
        'nonelective_formula' as field,
        'band ' || band_number as figure,
        cast(rate as varchar) as published,
    from {{ ref('fct_core_band') }}
    union all
    select
        client_ref,
        'vesting_schedule' as field,
        'year ' || years_of_service as figure,
        cast(vested_rate as varchar) as published,
    from {{ ref('fct_vesting_step') }}
),

-- what the parsers refuse is held with a reason and publishes nothing: that is accounted for, not lost
held as (
    select
        client_ref,
        field,
    from {{ ref('fct_field_status') }}
    where status in ('unresolved', 'rejected')
),

paired as (
    select
        coalesce(recomputed.client_ref, published.client_ref) as client_ref,
        coalesce(recomputed.field, published.field) as field,
        coalesce(recomputed.figure, published.figure) as figure,
        recomputed.expected,
        published.published,
    from recomputed
    full outer join published
        on
            recomputed.client_ref = published.client_ref
            and recomputed.field = published.field
            and recomputed.figure = published.figure
    where
        recomputed.client_ref is not null
        or (published.client_ref, published.field) in (select (known.client_ref, known.field), from recomputed as known)
)

select
    paired.client_ref,
    paired.field,
    paired.figure,
    paired.expected,
    paired.published,
    held.field is not null as is_held,
    case
        when held.field is not null then coalesce(paired.published, 'unresolved') = 'unresolved'
        else paired.expected is not distinct from paired.published
    end as is_agreeing,
from paired
left join held on paired.client_ref = held.client_ref and paired.field = held.field
