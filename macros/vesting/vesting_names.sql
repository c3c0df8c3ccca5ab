{#- Marks with every name of a schedule as its pair `<STEPS:first:last>`; `<DERIVED>` where the shape comes from a statute's name. -#}
{% macro vesting_names(marks) -%}
    {%- set rules = [
        ['<GRADED:6>', '<STEPS:2:6><DERIVED>'], ['<GRADED:7>', '<STEPS:3:7><DERIVED>'],
        ['<GRADED:([1-9]|10)>', '<STEPS:1:\\1>'], ['<GRADED:([1-9])-([1-9][0-9]?)>', '<STEPS:\\1:\\2>'],
        ['<EVEN:([1-58-9]|10)>', '<STEPS:1:\\1>'], ['<CLIFF:([1-9][0-9]?)>', '<STEPS:\\1:\\1>'], ['<IMMEDIATE>', '<STEPS:0:0>'],
        ['(<QACA> ?(?:[:-] )?)<YEARS:2>', '\\1<STEPS:2:2><DERIVED>'], ['<STATUTORY>', '<DERIVED>'],
    ] -%}
    {{ rewritten(marks, rules) }}
{%- endmacro %}
