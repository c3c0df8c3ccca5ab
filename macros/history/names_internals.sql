{#- The distinct texts of some columns that name a client by its key or the source's file: they may be kept, and never go out
    (rule E02). A bare amount is no name, nor is a number of under five digits inside a text. A subquery with the column `text`.
    relation: a CTE or model; columns: its text columns. -#}
{% macro names_internals(relation, columns) -%}
(
    with

    texts as (
        select distinct unnest([{{ columns | join(', ') }}]) as text, from {{ relation }}
    ),

    internals as (
        select lower(trim(client_id)) as name, from {{ ref('client_ref') }}
        union
        select lower(source_name) as name, from {{ source('raw', 'load') }}
        union
        select lower(_file) as name, from {{ source('raw', 'plan_designs') }}
    ),

    tokens as (
        select
            text,
            unnest(list_concat(
                regexp_extract_all(lower(text), '[a-z0-9_-]+'), regexp_extract_all(lower(text), '[a-z0-9]+')
            )) as token,
        from texts
        where not regexp_full_match(trim(text), '[0-9,]*\.?[0-9]*\s*%?')
    )

    select tokens.text,
    from tokens
    inner join internals on tokens.token = internals.name
    where not regexp_full_match(tokens.token, '[0-9]{1,4}') or trim(tokens.text) = tokens.token
    union
    select texts.text,
    from texts
    inner join internals
        on not regexp_full_match(internals.name, '[a-z0-9_-]+') and contains(lower(texts.text), internals.name)
)
{%- endmacro %}
