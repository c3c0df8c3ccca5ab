{#- Fails for each key that stands on several rows, and for each row whose key has a null in it.
    columns: the key. nullable: those of them where null is a value like any other (the sheet of a CSV file). -#}
{% test unique_key(model, columns, nullable=[]) %}
    {%- if columns is string or not columns -%}
        {{ exceptions.raise_compiler_error("unique_key: columns must be a list of one column or more") }}
    {%- endif -%}
    {%- set required = columns | reject("in", nullable) | list %}
    select
        {{ columns | join(", ") }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(", ") }}
    having
        count(*) > 1
        {%- for column in required %}
        or {{ column }} is null
        {%- endfor %}
{% endtest %}
