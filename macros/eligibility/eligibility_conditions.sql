{#- The seven fields of one money type's conditions as a struct, with `count` (conditions stated) and `is_contradictory`. -#}
{% macro eligibility_conditions(body) -%}
    {%- set months = "list_distinct(list_transform(regexp_extract_all(" ~ body ~ ", '<YEARS:([0-9]+)>', 1), lambda n: 12 * cast(n as integer)) || list_transform(regexp_extract_all(" ~ body ~ ", '<MONTHS:([0-9]+)>', 1), lambda n: cast(n as integer)) || list_transform(regexp_extract_all(" ~ body ~ ", '<IMMEDIATE>'), lambda n: 0))" -%}
    {%- set days = "list_distinct(list_transform(regexp_extract_all(" ~ body ~ ", '<DAYS:([0-9]+)>', 1), lambda n: cast(n as integer)) || list_transform(regexp_extract_all(" ~ body ~ ", '<WEEKS:([0-9]+)>', 1), lambda n: 7 * cast(n as integer)))" -%}
    {%- set hours = "list_distinct(regexp_extract_all(" ~ body ~ ", '<HOURS:([0-9]+)>', 1))" -%}
    {%- set ages = "list_distinct(regexp_extract_all(" ~ body ~ ", '<AGE:([0-9p]+)>', 1))" -%}
    {%- set entries = "list_distinct(regexp_extract_all(" ~ body ~ ", '<ENTRY:([A-Z])>', 1))" -%}
    {%- set classes = "list_distinct(regexp_extract_all(" ~ body ~ ", '<CLASS:([A-Z]+)>', 1))" -%}
    {%- set last_days = "list_distinct(regexp_extract_all(" ~ body ~ ", '<(?:NO)?LASTDAY>'))" -%}
    {
        'waiting_period_months': case
            when len({{ months }}) > 0 then {{ months }}[1]
            when {{ body }} like '%<ENTRY:I>%' and len({{ days }}) = 0 and len({{ hours }}) = 0 then 0
        end,
        'waiting_period_days': {{ days }}[1],
        'minimum_hours': cast({{ hours }}[1] as integer),
        'minimum_age': cast(replace({{ ages }}[1], 'p', '.') as decimal(4, 1)),
        'entry_dates': case coalesce({{ entries }}[1], case when contains({{ body }}, '<IMMEDIATE>') then 'I' end)
            when 'I' then 'immediate' when 'M' then 'monthly' when 'Q' then 'quarterly' when 'S' then 'semiannual' when 'A' then 'annual' end,
        'employment_class': case {{ classes }}[1] when 'FULL' then 'full_time' when 'PART' then 'part_time' end,
        'last_day_rule': {{ last_days }}[1] = '<LASTDAY>',
        'count': len({{ months }}) + len({{ days }}) + len({{ hours }}) + len({{ ages }}) + len({{ entries }}) + len({{ classes }}) + len({{ last_days }}),
        'is_contradictory': len({{ months }}) + len({{ days }}) > 1 or len({{ hours }}) > 1 or len({{ ages }}) > 1 or len({{ entries }}) > 1
            or len({{ classes }}) > 1 or len({{ last_days }}) > 1 or (contains({{ body }}, '<NOHOURS>') and len({{ hours }}) > 0)
            or (contains({{ body }}, '<NOAGE>') and len({{ ages }}) > 0),
    }
{%- endmacro %}
