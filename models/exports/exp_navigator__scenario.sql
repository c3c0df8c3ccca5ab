-- Grain: one row per client whose design is settled and that Navigator can represent, and scenario.
-- Decided here: the complete document. Whatever moves the engine stands twice, in the typed block and in dc_plan, which
-- wins key by key over any base configuration; employer_match.formulas is for Navigator up to 2.0 and as a label
-- (contract navigator.md). The harness adds nothing but run_id and generated_at, which are empty here and outside the
-- checksum.
with

settings as (
    select
        any_value(try_cast(value as integer)) filter (where setting = 'start_year') as start_year,
        any_value(try_cast(value as integer)) filter (where setting = 'end_year') as end_year,
        any_value(try_cast(value as integer)) filter (where setting = 'random_seed') as random_seed,
        any_value(try_cast(value as decimal(18, 12))) filter (where setting = 'target_growth_rate')
            as target_growth_rate,
    from {{ ref('scenario_settings') }}
    where setting in ('start_year', 'end_year', 'random_seed', 'target_growth_rate')
),

warnings as (
    {{ navigator_warnings() | indent(4) }}
),

documents as (
    select
        plans.client_ref,
        plans.scenario,
        plans.stem as delivery_key,
        {{ navigator_document() | indent(8) }} as document,
    from {{ ref('int_navigator__plans') }} as plans
    cross join settings
    left join warnings on plans.client_ref = warnings.client_ref
)

select
    delivery_key,
    client_ref,
    scenario,
    document,
    sha256(cast(document as varchar)) as document_checksum,
from documents
