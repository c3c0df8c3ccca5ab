{#- What stands inside the marks of one name, in the order of the text: of `<max:3%>` the `3%`. -#}
{% macro marks_named(marks, name) -%}
    list_transform(
        list_filter({{ marks }}, lambda mark: starts_with(mark, '<{{ name }}:')),
        lambda mark: mark[{{ name | length + 3 }}:-2]
    )
{%- endmacro %}
