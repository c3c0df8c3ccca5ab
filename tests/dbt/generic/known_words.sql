{#- Fails for each word of a column that is none of the words which may stand there, null included unless `null` is listed.
    words: {column: [word, ...]}. One query for all columns; a failing row names column, word and rows. -#}
{% test known_words(model, words) %}
    {%- if words is not mapping or not words -%}
        {{ exceptions.raise_compiler_error("known_words: words must map each column to the words that may stand in it") }}
    {%- endif -%}
    {%- for column, known in words.items() %}
    select
        '{{ column }}' as column_name,
        cast({{ column }} as varchar) as word,
        count(*) as row_count
    from {{ model }}
    where
        coalesce(cast({{ column }} as varchar) not in ('{{ known | reject("none") | join("', '") }}'), {{ none not in known }})
    group by {{ column }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endtest %}
