-- Grain: one row per accepted result in force.
-- Decided here: whether it is still of the present design: each value that the scenario says today stood in the merged
-- configuration that ran. Compared is the design, not the source's text: a corrected spelling or a rate written back
-- makes no outcome stale.
with

-- of clients in the present load: what came of others stays in the state until they are back (rule R01)
accepted as (
    select results.*
    from {{ ref('stg_navigator__results') }} as results
    semi join {{ ref('int_clients') }} as clients on results.client_ref = clients.client_ref
    where results.standing = 'accepted'
),

scenarios as (
    select
        delivery_key,
        document,
    from {{ ref('exp_navigator__scenario') }}
),

ran as (
    select
        result_id,
        {{ design_of('design') }} as design,
    from accepted
    where design is not null
),

wanted as (
    select
        accepted.result_id,
        {{ design_of('scenarios.document') }} as design,
    from accepted
    inner join scenarios on accepted.delivery_key = scenarios.delivery_key
    where accepted.design is not null
),

ran_leaves as (
    {{ design_leaves('ran', 'result_id') | indent(4) }}
),

wanted_leaves as (
    {{ design_leaves('wanted', 'result_id') | indent(4) }}
),

-- what is wanted and did not run so; in lists of ours also what ran and is not wanted (a tier too many)
differing as (
    select wanted_leaves.result_id
    from wanted_leaves
    left join ran_leaves on wanted_leaves.result_id = ran_leaves.result_id and wanted_leaves.path = ran_leaves.path
    where not wanted_leaves.is_list and wanted_leaves.value is distinct from ran_leaves.value
    union
    select ran_leaves.result_id
    from ran_leaves
    semi join wanted_leaves as lists
        on ran_leaves.result_id = lists.result_id and ran_leaves.list_path = lists.path and lists.is_list
    anti join wanted_leaves on ran_leaves.result_id = wanted_leaves.result_id and ran_leaves.path = wanted_leaves.path
    where not ran_leaves.is_list
)

select
    accepted.*,
    case
        when scenarios.delivery_key is null then 'withdrawn'
        when accepted.design is null then 'unproven'
        when differing.result_id is not null then 'superseded'
        else 'current'
    end as design_status,
from accepted
left join scenarios on accepted.delivery_key = scenarios.delivery_key
left join differing on accepted.result_id = differing.result_id
