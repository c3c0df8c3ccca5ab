-- Without it a fact could stand in the star schema whose client the dimension does not have, and drop out of every
-- dashboard that joins the two. A null reference belongs to nobody.
{% set facts = [
    'fct_plan_design', 'fct_field_status', 'fct_match_tier', 'fct_core_band', 'fct_vesting_step', 'fct_recommendation',
    'exp_navigator__scenario'
] -%}
{% for fact in facts -%}
select
    '{{ fact }}' as fact,
    facts.client_ref,
    count(*) as row_count,
from {{ ref(fact) }} as facts
left join {{ ref('dim_client') }} as clients on facts.client_ref = clients.client_ref
where clients.client_ref is null
group by facts.client_ref
{% if not loop.last %}union all
{% endif %}
{%- endfor %}
