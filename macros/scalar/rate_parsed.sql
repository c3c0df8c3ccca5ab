{#- What a rate cell says: STRUCT(value, low, high DECIMAL(18,12), status, reason, has_written_unit). Arguments are columns:
    plain and spelled text, the read parts (rate_read), the unit of a bare number ('percent', 'fraction', 'undecided', 'outlier'),
    and the fractions of the first and second number (rate_fraction). Every rate lies in [0, 1]. -#}
{% macro rate_parsed(plain, spelled, read, unit, first_rate, second_rate) -%}
    {%- set is_bare = "(" ~ read ~ ".first_unit = '' and " ~ read ~ ".second_unit = '')" -%}
    case
        when {{ is_unknown_scalar(plain) }} then {{ rate_outcome(reason="'unknown'") }}
        when {{ plain }} in ('none', 'no', 'n/a', 'na', 'not applicable') then {{ rate_outcome(status="'exact'", reason="'none'") }}
        when {{ read }}.first = '' then case
            when regexp_matches({{ spelled }}, '[0-9],[0-9]') then {{ rate_outcome(status="'rejected'", reason="'decimal_comma'") }}
            when regexp_full_match({{ spelled }}, '{{ rate_said_twice() }}')
                then {{ rate_outcome(status="'unresolved'", reason="'words_and_figures_differ'") }}
            else {{ rate_outcome(status="'rejected'", reason="'not_a_rate'") }}
        end
        when {{ read }}.sign = '-' and not ({{ first_rate }} is not distinct from 0 and {{ read }}.joiner = '')
            then {{ rate_outcome(status="'rejected'", reason="'negative'") }}
        when {{ read }}.joiner = '|' then {{ rate_outcome(status="'unresolved'", reason="'several_values'") }}
        when {{ read }}.joiner = '~' and {{ is_bare }} and {{ unit }} in ('undecided', 'outlier')
            then {{ rate_outcome(status="'unresolved'", reason="'range_without_schedule'") }}
        when {{ read }}.joiner = '~' and least({{ first_rate }}, {{ second_rate }}) > 1 and not {{ is_bare }}
            then {{ rate_outcome(status="'rejected'", reason="'above_one'") }}
        when {{ read }}.joiner = '~' and greatest({{ first_rate }}, {{ second_rate }}) <= 1 and {{ first_rate }} is not null and {{ second_rate }} is not null
            then {{ rate_outcome(status="'unresolved'", reason="'range_without_schedule'",
                low="least(" ~ first_rate ~ ", " ~ second_rate ~ ")", high="greatest(" ~ first_rate ~ ", " ~ second_rate ~ ")") }}
        when {{ read }}.joiner = '~' then {{ rate_outcome(status="'unresolved'", reason="'range_without_schedule'") }}
        when {{ first_rate }} is null then {{ rate_outcome(status="'rejected'", reason=
            "case when contains(" ~ read ~ ".first, '/') then 'not_a_rate' when regexp_matches(" ~ read ~ ".first, '^0*[1-9][0-9]{9}') then 'above_one' else 'too_many_digits' end"
        ) }}
        when {{ first_rate }} > 1 then {{ rate_outcome(status="'rejected'", reason="'above_one'") }}
        when {{ is_bare }} and {{ first_rate }} <> 0 and {{ unit }} in ('undecided', 'outlier')
            then {{ rate_outcome(status="'unresolved'", reason="'unit_' || " ~ unit) }}
        else {{ rate_outcome(value=first_rate, status="'exact'", has_written_unit="not " ~ is_bare) }}
    end
{%- endmacro %}

{% macro rate_outcome(value='null', low='null', high='null', status='null', reason='null', has_written_unit='false') -%}
    {
        'value': cast({{ value }} as decimal(18, 12)), 'low': cast({{ low }} as decimal(18, 12)), 'high': cast({{ high }} as decimal(18, 12)),
        'status': cast({{ status }} as varchar), 'reason': cast({{ reason }} as varchar), 'has_written_unit': {{ has_written_unit }}
    }
{%- endmacro %}
