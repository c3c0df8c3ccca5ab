-- Grain: one row, the client: who it is, whether it goes out, and the group in which its peers are.
-- Parameter: variable `client_ref`.
with

chosen as (
    select
        steps.widening_step,
        steps.plans,
        steps.organisations,
        steps.peer_group_key,
    from fct_peer_step as steps
    where steps.client_ref = getvariable('client_ref') and steps.is_chosen
),

standing as (
    select
        min(status) as status,
        list(
            {'rule': rule, 'field': field, 'code': code, 'message': message} order by rule, field, code
        ) filter (where rule is not null) as reasons,
    from fct_client_status
    where client_ref = getvariable('client_ref')
)

select
    clients.client_ref,
    clients.client_name,
    standing.status,
    coalesce(standing.reasons, []) as reasons,
    clients.employee_count,
    clients.data_source,
    clients.last_updated_on,
    segments.industry,
    segments.industry_group,
    segments.size_band,
    segments.size_band_label,
    segments.plan_type,
    segments.state,
    segments.region,
    list_filter(
        [
            if(segments.industry is null, 'industry', null),
            if(segments.size_band is null, 'employee_count', null),
            if(segments.plan_type is null, 'plan_type', null),
            if(segments.region is null, 'state', null)
        ],
        lambda x: x is not null
    ) as segment_unknown,
    chosen.widening_step,
    chosen.peer_group_key,
    chosen.plans,
    chosen.organisations,
    case chosen.widening_step
        when 0 then 'same industry, size band, plan type and region'
        when 1 then 'same industry, size band and plan type; any region'
        when 2 then 'same industry and plan type; neighbouring size bands; any region'
        when 3 then 'same industry group and plan type; neighbouring size bands; any region'
        when 4 then 'all plans'
    end as cohort,
from dim_client as clients
inner join dim_client_segment as segments on clients.client_ref = segments.client_ref
cross join standing
left join chosen on true
where clients.client_ref = getvariable('client_ref');
