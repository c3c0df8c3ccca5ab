select client_ref, feature, case when client_value > median then 'above' else 'below' end as direction, median as cohort_value
from {{ ref('fct_peer_benchmark') }} where client_value <> median
