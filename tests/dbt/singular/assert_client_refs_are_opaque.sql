-- Without it a reference could carry the client's own id, or be made from it, and every file that goes out would name
-- the client. 60 random bits leave no room for either; a hash of the id would show as the same reference made twice.
select
    clients.client_ref,
    clients.client_id,
from {{ ref('client_ref') }} as clients
where
    not coalesce(regexp_full_match(clients.client_ref, 'c[0-9a-f]{15}'), false)
    or (length(clients.client_id) >= 8 and contains(clients.client_ref, lower(clients.client_id)))
    or clients.client_ref in (
        'c' || left(md5(clients.client_id), 15), 'c' || right(md5(clients.client_id), 15),
        'c' || left(sha256(clients.client_id), 15), 'c' || right(sha256(clients.client_id), 15)
    )
