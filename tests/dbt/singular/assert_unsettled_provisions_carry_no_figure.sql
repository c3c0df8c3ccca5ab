-- Without it a guess could travel beside the word unresolved: a reader of the marts would take the figure and not the
-- status. A settled provision has a kind, an unsettled one neither a kind of its own nor a figure.
select
    designs.client_ref,
    designs.match_kind,
    designs.match_status,
    designs.core_kind,
    designs.core_status,
    designs.vesting_kind,
    designs.vesting_status,
from {{ ref('fct_plan_design') }} as designs
where
    (coalesce(designs.match_kind, 'unresolved') = 'unresolved') is distinct from (designs.match_status = 'unresolved')
    or (coalesce(designs.core_kind, 'unresolved') = 'unresolved') is distinct from (designs.core_status = 'unresolved')
    or (coalesce(designs.vesting_kind, 'unresolved') = 'unresolved')
    is distinct from (designs.vesting_status = 'unresolved')
    or (designs.vesting_schedule_array is null) is distinct from (designs.vesting_status = 'unresolved')
    or (
        designs.match_status = 'unresolved'
        and coalesce(
            designs.max_match_percentage, designs.max_matched_deferral, designs.annual_dollar_cap,
            case when designs.is_match_discretionary then 1 end
        ) is not null
    )
    or (designs.core_status = 'unresolved' and designs.core_rate is not null)
