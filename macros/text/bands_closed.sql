{#- The bands of each text in their order, closed and checked. Bands that share a bound are [a, b); a next lower bound exactly one
    higher (`0-4; 5-9`) means [a, b + 1), unless the text says that the upper bound is out (`under`). `key` names the text;
    `bands` has low, stated_high, is_strict, has_band and band_position. Adds high, and band_problem: why the bands do not cover
    everybody from 0 on once. -#}
{% macro bands_closed(bands, key) -%}
    select
        *,
        lead(low) over in_order as next_low,
        row_number() over in_order as band_number,
        case
            when stated_high + 1 = next_low and not is_strict then next_low
            else stated_high
        end as high,
        case
            when not has_band then null
            when band_number = 1 and low > 0 then 'band_gap'
            when high <= low then 'band_overlap'
            when next_low is null and high is not null then 'band_gap'
            when next_low > high then 'band_gap'
            when next_low < coalesce(high, 1000000) then 'band_overlap'
        end as band_problem,
    from {{ bands }}
    window in_order as (partition by {{ key }} order by low, band_position)
{%- endmacro %}
