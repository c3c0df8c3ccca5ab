-- Grain: one row per age of the data, over the clients of the batch.
select
    data_age,
    count(*) as clients,
    min(last_updated_on) as oldest,
from selected
group by data_age
order by array_position(['under 6 months', '6 to 12 months', '12 to 24 months', 'over 24 months', 'no date'], data_age);
