-- Grain: one row per value that a batch can be narrowed to.
select distinct 'industry' as what, industry as value from dim_client_segment where industry is not null
union all
select distinct 'state', state from dim_client_segment where state is not null
union all
select distinct 'plan type', plan_type from dim_client_segment where plan_type is not null
order by what, value;
