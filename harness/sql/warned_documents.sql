-- What the gates warned about travels with the export: each document's own warnings and, behind them, the gates'.
-- Grain: one row per document that does not say all of it yet, and what it is with that.
-- Parameters, quoted by the harness: the warnings, a JSON list of client_ref, rule, field and message; the exports table; where
-- its documents keep the list, as a path and as the patch that sets it.
with

given as (
    select unnest(from_json(
        {warnings},
        '[{{"client_ref": "VARCHAR", "rule": "VARCHAR", "field": "VARCHAR", "message": "VARCHAR"}}]'
    ), recursive := true)
),

about as (
    select delivery_key, client_ref, document, document -> {path} as standing
    from {table}
    where client_ref in (select client_ref from given)
),

stated as (
    select
        delivery_key,
        unnest(
            from_json(standing, '[{{"rule": "VARCHAR", "field": "VARCHAR", "message": "VARCHAR"}}]'),
            recursive := true
        )
    from about
),

warned as (
    select delivery_key, rule, field, message from stated
    union
    select about.delivery_key, given.rule, given.field, given.message
    from given inner join about on given.client_ref = about.client_ref
),

listed as (
    select
        delivery_key,
        list({{'rule': rule, 'field': field, 'message': message}} order by field, rule, message) as warnings
    from warned
    group by delivery_key
),

patched as (
    select about.delivery_key, json_merge_patch(about.document, to_json({patch})) as document
    from about inner join listed on about.delivery_key = listed.delivery_key
    where about.standing is distinct from to_json(listed.warnings)
)

select delivery_key, document, sha256(cast(document as varchar)) as document_checksum from patched
