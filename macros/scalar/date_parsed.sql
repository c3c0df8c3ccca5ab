{#- What a date cell says: STRUCT(value DATE, status, reason). Arguments are columns: plain and spelled text (date_spelled).
    A timestamp is its UTC date; without an offset it is taken to be UTC. A number is an Excel serial from 20000 to 80000 only.
    Nothing is reinterpreted: 13/01/2024 has no month 13 and is rejected. -#}
{% macro date_parsed(plain, spelled) -%}
    {%- set day = "try_cast(regexp_extract(" ~ spelled ~ ", '^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})(?:[t ].*)?$', 1) as date)" -%}
    {%- set weekday = "regexp_extract(" ~ plain ~ ", '^(mon|tue|wed|thu|fri|sat|sun)', 1)" -%}
    {%- set shift = utc_day_shift(spelled) -%}
    case
        when {{ is_unknown_scalar(plain) }} then {{ date_outcome(reason="'unknown'") }}
        when regexp_full_match({{ plain }}, '[2-7][0-9]{4}(?:\.[0-9]+)?|80000(?:\.0+)?')
            then {{ date_outcome(value="date '1899-12-30' + cast(left(" ~ plain ~ ", 5) as integer)", status="'exact'") }}
        when regexp_full_match({{ plain }}, '[0-9]{5}(?:\.[0-9]+)?') then {{ date_outcome(status="'rejected'", reason="'serial_out_of_range'") }}
        when not regexp_matches({{ spelled }}, '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[t ]|$)')
            then {{ date_outcome(status="'rejected'", reason="'not_a_date'") }}
        when {{ day }} is null or year({{ day }}) not between 1900 and 2199
            then {{ date_outcome(status="'rejected'", reason="'no_such_day'") }}
        when {{ weekday }} <> '' and {{ weekday }} <> lower(left(dayname({{ day }}), 3))
            then {{ date_outcome(status="'rejected'", reason="'weekday_differs'") }}
        when {{ shift }} is null then {{ date_outcome(status="'rejected'", reason="'not_a_date'") }}
        else {{ date_outcome(value=day ~ " + " ~ shift, status="'exact'") }}
    end
{%- endmacro %}

{#- Days from the local date of a spelled timestamp to its UTC date: -1, 0 or 1; null where the time of day is none. -#}
{% macro utc_day_shift(spelled) -%}
    list_transform(
        [regexp_extract(
            regexp_replace({{ spelled }}, '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}', ''),
            '^[t ] ?([0-9]{1,2}):([0-5][0-9])(?::[0-5][0-9](?:\.[0-9]{1,9})?)? ?(am|pm)? ?(?:z|utc|gmt|([-+])((?:0[0-9]|1[0-4])(?::?[0-5][0-9])?))?$',
            ['hour', 'minute', 'half', 'direction', 'offset_time']
        )],
        lambda clock: case
            when regexp_full_match({{ spelled }}, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}') then 0
            when clock.hour = '' or cast(clock.hour as integer) > 23 then null
            when clock.half <> '' and cast(clock.hour as integer) not between 1 and 12 then null
            else (
                1440 + 60 * (case when clock.half = '' then cast(clock.hour as integer) else cast(clock.hour as integer) % 12 + if(clock.half = 'pm', 12, 0) end)
                + cast(clock.minute as integer)
                - if(clock.direction = '-', -1, 1) * (
                    60 * coalesce(try_cast(left(clock.offset_time, 2) as integer), 0)
                    + coalesce(try_cast(regexp_extract(clock.offset_time, '^[0-9]{2}:?([0-9]{2})$', 1) as integer), 0)
                )
            ) // 1440 - 1
        end
    )[1]
{%- endmacro %}

{% macro date_outcome(value='null', status='null', reason='null') -%}
    {'value': cast({{ value }} as date), 'status': cast({{ status }} as varchar), 'reason': cast({{ reason }} as varchar)}
{%- endmacro %}
