-- What the gates warned about travels with the export: each document's own warnings and, behind them, the gates'.
-- Parameters, quoted by the harness: the warnings, a JSON list of client_ref, rule, field and message; the exports table; where
-- its documents keep the list, as a path and as the patch that sets it.
update {table} as exported
set
    document = joined.document,
    document_checksum = sha256(cast(joined.document as varchar))
from (
    with

    given as (
        select unnest(from_json(
            {warnings},
            '[{{"client_ref": "VARCHAR", "rule": "VARCHAR", "field": "VARCHAR", "message": "VARCHAR"}}]'
        ), recursive := true)
    ),

    stated as (
        select
            client_ref,
            delivery_key,
            unnest(from_json(
                document -> {path},
                '[{{"rule": "VARCHAR", "field": "VARCHAR", "message": "VARCHAR"}}]'
            ), recursive := true)
        from {table}
    ),

    warned as (
        select distinct delivery_key, rule, field, message
        from (
            select delivery_key, rule, field, message from stated
            union all
            select documents.delivery_key, given.rule, given.field, given.message
            from given inner join {table} as documents on given.client_ref = documents.client_ref
        )
    ),

    listed as (
        select
            delivery_key,
            list({{'rule': rule, 'field': field, 'message': message}} order by field, rule, message) as warnings
        from warned
        group by delivery_key
    )

    select
        documents.delivery_key,
        json_merge_patch(documents.document, to_json({patch})) as document
    from {table} as documents
    inner join listed on documents.delivery_key = listed.delivery_key
    where documents.client_ref in (select client_ref from given)
) as joined
where exported.delivery_key = joined.delivery_key
