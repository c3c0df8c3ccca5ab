{#- A count's plain text in the one spelling that counts are read from: `1200`, `1.2k`, `5000+`, `~5000`. -#}
{% macro count_spelled(plain) -%}
    {%- set rules = [
        ['[\\x{2248}\\x{223C}\\x{2245}]', '~'],
        ['^(?:approximately|approx|about|around|circa|roughly)\\.? ?~? ?([0-9])', '~\\1'],
        ['^([0-9][^~]*?) ?[(]?approx(?:imately)?\\.?[)]?$', '~\\1'],
        [' ?(?:employees?|ees?|people|staff|workers?|associates?)$', ''],
        ['(,[0-9]{3}) ?k', '\\1 thousand'],
        ['^(~ ?|)([1-9][0-9]{0,2}) ([0-9]{3})( ?\\+?)$', '\\1\\2\\3\\4'],
        ['^(~ ?|)([1-9][0-9]{0,2}) ([0-9]{3}) ([0-9]{3})( ?\\+?)$', '\\1\\2\\3\\4\\5'],
        ['~ ', '~'], [' ([k+])', '\\1'],
    ] -%}
    {{ rewritten(thousands_joined(rewritten(plain, rules)), [['^(~?[0-9]+)\\.00?$', '\\1']]) }}
{%- endmacro %}

{#- What a head count says: STRUCT(value BIGINT, is_approximate, status, reason), from 1 to 5,000,000 and whole. `~` and a `+`
    behind make it approximate. `m` is a thousand to some and a million to others: rejected. -#}
{% macro count_parsed(plain, spelled) -%}
    {%- set people = "try_cast(replace(replace(replace(" ~ spelled ~ ", '~', ''), '+', ''), 'k', '') as decimal(18, 6)) * if(contains(" ~ spelled ~ ", 'k'), 1000, 1)" -%}
    case
        when {{ is_unknown_scalar(plain) }} then {{ count_outcome(reason="'unknown'") }}
        when not regexp_full_match({{ spelled }}, '~?[0-9]{1,9}(?:\.[0-9]{1,6})?k?\+?') then {{ count_outcome(status="'rejected'", reason="'not_a_count'") }}
        when {{ people }} <> floor({{ people }}) or regexp_full_match({{ spelled }}, '~?[0-9]+\.[0-9]+\+?')
            then {{ count_outcome(status="'rejected'", reason="'not_whole'") }}
        when {{ people }} not between 1 and 5000000 then {{ count_outcome(status="'rejected'", reason="'count_out_of_range'") }}
        else {{ count_outcome(value=people, is_approximate="regexp_matches(" ~ spelled ~ ", '[~+]')", status="'exact'") }}
    end
{%- endmacro %}

{% macro count_outcome(value='null', is_approximate='null', status='null', reason='null') -%}
    {
        'value': cast({{ value }} as bigint), 'is_approximate': cast({{ is_approximate }} as boolean),
        'status': cast({{ status }} as varchar), 'reason': cast({{ reason }} as varchar)
    }
{%- endmacro %}
