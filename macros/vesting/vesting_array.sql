{#- The array of a schedule in equal steps: nothing before `first_year`, 1 at `last_year`. Every named schedule is such a pair:
    immediate 0-0, n-year cliff n-n, n-year graded 1-n, the statutory ones 2-6 and 3-7. -#}
{% macro vesting_array(first_year, last_year) -%}
    list_transform(range(0, {{ last_year }} + 1), lambda year_of_service:
        case when year_of_service < {{ first_year }} then cast(0 as decimal(18, 12))
            else {{ vesting_share("year_of_service - " ~ first_year ~ " + 1", last_year ~ " - " ~ first_year ~ " + 1") }} end)
{%- endmacro %}
