-- Grain: one row per client and version of its plan's design.
-- Decided here: the day that a version's figures are of - the one on which the plan's row was last brought up to date,
-- else the day of the load. What is text or a choice stands in dim_plan_design.
select
    client_ref,
    version_number,
    coalesce(last_updated_on, cast(valid_from as date)) as as_of_on,
    last_updated_on is not null as is_as_of_stated,
    is_current,
    employee_count,
    current_participation as participation_rate,
    average_contribution_rate as average_deferral_rate,
    default_deferral_rate,
    escalation_cap_rate,
    max_match_percentage as max_match_rate,
    core_rate,
from {{ ref('dim_plan_design') }}
