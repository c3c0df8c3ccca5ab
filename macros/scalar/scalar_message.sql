{#- The sentence for the owner of a cell that is held: column, value, what is wrong with it, what would be right.
    Arguments are columns; the readings are fractions, null where the number is not bare. Null for a value that is fine. -#}
{% macro scalar_message(field, raw, reason, as_percent, as_fraction) -%}
    {%- set rate_form = 'Write one rate between 0% and 100%, such as 5.5%.' -%}
    {%- set readings = "coalesce(' As a percent it is ' || " ~ percent_text(as_percent) ~ " || '; as a fraction it is ' || " ~ percent_text(as_fraction) ~ " || '.', '')" -%}
    {%- set sentences = {
        'not_a_rate': 'is no rate. ' ~ rate_form,
        'negative': 'is negative. ' ~ rate_form,
        'decimal_comma': 'has a decimal comma, which may be a thousands comma. Write a decimal point, such as 5.5%.',
        'too_many_digits': 'has more digits than can be kept (ten after the point of a percent, twelve of a fraction), and none is dropped. Round it in the source.',
        'words_and_figures_differ': 'says one number in words and another in figures. Write one of them.',
        'several_values': 'holds several values. Write the one that applies.',
        'range_without_schedule': 'is a range. Write the one rate that applies.',
        'not_a_date': 'is no date. Write year-month-day, such as 2024-01-15, or month/day/year.',
        'no_such_day': 'is no day of the calendar (read as month/day/year, never turned round). Write year-month-day, such as 2024-01-15.',
        'weekday_differs': 'names a weekday that this date does not fall on. Write year-month-day, such as 2024-01-15.',
        'serial_out_of_range': 'is a number outside the Excel dates 20000 to 80000. Write year-month-day, such as 2024-01-15.',
        'not_a_boolean': 'is neither yes nor no. Write yes or no.',
        'not_a_count': 'is no head count. Write one whole number, such as 1,200, 1.2k, 5,000+ or ~5000.',
        'not_whole': 'is not a whole number of people. Write 1,200 or 1.2k.',
        'count_out_of_range': 'is outside 1 to 5,000,000 people. Write the head count, such as 1,200.',
        'not_a_year': 'is no year from 1900 to 2100. Write four digits, such as 2024.',
        'not_a_state': 'is no US state. Write its two-letter USPS code or full name, such as MA or Massachusetts.',
        'unknown_industry': 'is no industry that the seeds know. Write healthcare, higher_ed, manufacturing, nonprofit, government or other, or a NAICS code.',
    } -%}
    {{ field }} || ' ''' || regexp_replace(left({{ raw }}, 60), '[\x00-\x1F]', ' ', 'g') || if(length({{ raw }}) > 60, '...', '') || ''' ' || case {{ reason }}
        when 'above_one' then 'is above 100%.' || {{ readings }} || ' {{ rate_form }}'
        when 'unit_undecided' then 'is a bare number in a column that does not tell percents from fractions.' || {{ readings }} || ' Write the percent sign, or state the units of the load.'
        when 'unit_outlier' then 'is a bare number in another unit than most of its column.' || {{ readings }} || ' Write it with a percent sign.'
        {%- for reason_code, sentence in sentences.items() %}
        when '{{ reason_code }}' then '{{ sentence }}'
        {%- endfor %}
    end
{%- endmacro %}
