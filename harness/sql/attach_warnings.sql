-- What the gates warned about travels with the export: each document's own warnings and, behind them, the gates'.
-- Parameters, quoted by the harness: the warnings, a JSON list of client_ref, rule, field and message; and the exports table.
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
            unnest(from_json(
                document -> '$.design_matrix.warnings',
                '[{{"rule": "VARCHAR", "field": "VARCHAR", "message": "VARCHAR"}}]'
            ), recursive := true)
        from {table}
    ),

    warned as (
        select distinct client_ref, rule, field, message
        from (
            select client_ref, rule, field, message from stated
            union all
            select client_ref, rule, field, message from given
        )
    ),

    listed as (
        select
            client_ref,
            list({{'rule': rule, 'field': field, 'message': message}} order by field, rule, message) as warnings
        from warned
        group by client_ref
    )

    select
        documents.client_ref,
        json_merge_patch(documents.document, to_json({{'design_matrix': {{'warnings': listed.warnings}}}})) as document
    from {table} as documents
    inner join listed on documents.client_ref = listed.client_ref
    where documents.client_ref in (select client_ref from given)
) as joined
where exported.client_ref = joined.client_ref
