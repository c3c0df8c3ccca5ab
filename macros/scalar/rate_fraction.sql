{#- The fraction, DECIMAL(18,12), that a number's text stands for in a unit ('percent', 'bp', 'fraction'). Exact or null: null
    where it has more digits than twelve places keep, and for a written fraction that is not proper and in lowest terms
    (`5/0`, `3/6` may be two values). A fraction that does not terminate has ten places. -#}
{% macro rate_fraction(number, unit) -%}
    {%- set numerator = "try_cast(regexp_extract(" ~ number ~ ", '([0-9]+)/', 1) as hugeint)" -%}
    {%- set denominator = "try_cast(regexp_extract(" ~ number ~ ", '/([0-9]+)$', 1) as hugeint)" -%}
    {%- set whole = "coalesce(try_cast(regexp_extract(" ~ number ~ ", '^([0-9]+)_', 1) as hugeint), 0)" -%}
    case
        when contains({{ number }}, '/') then case
            when regexp_full_match({{ number }}, '(?:[0-9]{1,5}_)?[0-9]{1,2}/[0-9]{1,2}')
                and {{ numerator }} < {{ denominator }} and gcd({{ numerator }}, {{ denominator }}) = 1
                then {{ ratio(
                    whole ~ " * " ~ denominator ~ " + " ~ numerator,
                    denominator ~ " * case " ~ unit ~ " when 'percent' then 100 when 'bp' then 10000 else 1 end"
                ) }}
            end
        when regexp_full_match({{ number }}, '[0-9]{1,9}(?:\.[0-9]{1,12})?')
            and {{ scaled(number, unit) }} = cast({{ scaled(number, unit) }} as decimal(27, 12))
            then try_cast({{ scaled(number, unit) }} as decimal(18, 12))
    end
{%- endmacro %}

{#- A decimal's text times its unit, at sixteen places, so that nothing is rounded yet. -#}
{% macro scaled(number, unit) -%}
    try_cast({{ number }} as decimal(22, 12)) * cast(case {{ unit }} when 'percent' then 0.01 when 'bp' then 0.0001 else 1 end as decimal(5, 4))
{%- endmacro %}

{#- The unit of one number of a read rate: its own sign, else the other number's, else that of bare numbers. -#}
{% macro rate_unit(read, bare_unit, own, other) -%}
    case coalesce(nullif({{ read }}.{{ own }}, ''), {{ read }}.{{ other }}) when '%' then 'percent' when 'bp' then 'bp' else {{ bare_unit }} end
{%- endmacro %}
