{#- What a year cell says, in the shape of count_parsed: a whole year from 1900 to 2100, never approximate, no date. -#}
{% macro year_parsed(plain) -%}
    case
        when {{ is_unknown_scalar(plain) }} then {{ count_outcome(reason="'unknown'") }}
        when regexp_full_match({{ plain }}, '(?:19[0-9]{2}|20[0-9]{2}|2100)(?:\.0)?')
            then {{ count_outcome(value="left(" ~ plain ~ ", 4)", is_approximate="false", status="'exact'") }}
        else {{ count_outcome(status="'rejected'", reason="'not_a_year'") }}
    end
{%- endmacro %}
