{#- A bare number as a rate in its column's unit, DECIMAL(18,12); null where the text is no bare number or the unit is not decided. -#}
{% macro bare_rate_value(text, unit) -%}
    case
        when not regexp_full_match({{ text }}, '[0-9]{1,3}([.][0-9]{1,10})?') then null
        when {{ unit }} = 'fraction' and cast({{ text }} as decimal(18, 12)) <= 1 then cast({{ text }} as decimal(18, 12))
        when {{ unit }} = 'percent' and cast({{ text }} as decimal(18, 12)) <= 100
            then cast(cast({{ text }} as decimal(14, 10)) * 0.01 as decimal(18, 12))
    end
{%- endmacro %}
