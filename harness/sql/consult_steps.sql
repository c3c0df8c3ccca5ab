-- Grain: one row per step of widening that was looked at for one client, up to the one that was enough.
-- Parameter: variable `client_ref`.
select
    widening_step,
    [
        'same industry, size band, plan type, region',
        'any region',
        'neighbouring size bands, too',
        'the industry group',
        'all plans'
    ][widening_step + 1] as step,
    plans,
    organisations,
    is_sufficient,
    is_chosen,
    insufficient_reason,
from fct_peer_step
where
    client_ref = getvariable('client_ref')
    and widening_step <= coalesce(
        (
            select max(chosen.widening_step)
            from fct_peer_step as chosen
            where chosen.client_ref = getvariable('client_ref') and chosen.is_chosen
        ),
        4
    )
order by widening_step;
