{#- Why a tier cannot stand where the text puts it. Reads the columns of `begun` in int_match_formulas__placed. `3% to 6%` is a
    range, and `3% up to 6%` states no rate for the deferral: a small rate that is below its own limit is no match rate. -#}
{% macro tier_problem() -%}
    case
        when form = 'shared' and employee_max is null then 'no_limit'
        when form = 'shared' and tier > 1 then 'overlapping_tiers'
        when match_rate is null or employee_max is null then 'unrecognised_text'
        when employee_min > end_before then 'tier_gap'
        when employee_min < end_before then 'overlapping_tiers'
        when employee_max <= employee_min then 'overlapping_tiers'
        when form in ('first', 'of') and tier > 1 then 'overlapping_tiers'
        when employee_max > 1 then 'unrecognised_text'
        when
            (form in ('to', 'of') or form = 'upto' and tier = 1 and match_rate < 0.1)
            and match_rate <= employee_max and match_rate > 0
            then 'no_match_rate'
    end
{%- endmacro %}
