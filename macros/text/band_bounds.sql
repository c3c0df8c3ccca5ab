{#- Where a band ends. Bands that share a bound are [a, b); a next lower bound exactly one higher (`0-4; 5-9`) means [a, b + 1),
    unless the text says that the upper bound is out (`under`). Reads stated_high, is_strict and next_low. -#}
{% macro band_high() -%}
    case when stated_high + 1 = next_low and not is_strict then next_low else stated_high end
{%- endmacro %}

{#- Why the bands of a text do not cover everybody from 0 on once; null where they do. Reads has_band, low, high and next_low, and
    the window in_order of the bands of one text. -#}
{% macro band_problem() -%}
    case
        when not has_band then null
        when row_number() over in_order = 1 and low > 0 then 'band_gap'
        when high <= low then 'band_overlap'
        when next_low is null and high is not null then 'band_gap'
        when next_low > high then 'band_gap'
        when next_low < coalesce(high, 1000000) then 'band_overlap'
    end
{%- endmacro %}
