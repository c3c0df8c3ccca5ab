-- Grain: one row per client of the published marts.
select client_ref from dim_client order by client_ref;
