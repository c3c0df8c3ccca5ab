-- Grain: one row per feature of a plan design that is compared with peers.
-- Decided here: nothing; seed features, published.
select
    feature,
    label,
    kind,
    unit,
    more_is,
    field,
    is_headline,
from {{ ref('features') }}
