{#- A spelled rate taken apart: STRUCT(sign, first, first_unit, joiner, second, second_unit), all text and '' where absent.
    `first` is '' for what is no rate. A number said twice alike, in words and in figures, counts once. -#}
{% macro rate_said_twice() -%}
    {{- return('(' ~ rate_number() ~ ')(%|bp)?[(](' ~ rate_number() ~ ')(%|bp)?[)](%|bp)?') -}}
{%- endmacro %}

{% macro rate_read(spelled) -%}
    {%- set number = rate_number() -%}
    regexp_extract(
        case
            when regexp_extract({{ spelled }}, '^{{ rate_said_twice() }}$', 1) = regexp_extract({{ spelled }}, '^{{ rate_said_twice() }}$', 3)
                and regexp_full_match(regexp_replace({{ spelled }}, '^{{ rate_said_twice() }}$', '\2\4\5'), '%*')
                then regexp_replace(regexp_replace({{ spelled }}, '^{{ rate_said_twice() }}$', '\1\2\4\5'), '%+', '%')
            else {{ spelled }}
        end,
        '^(-?) ?({{ number }})(%|bp)?(?:([~|])({{ number }})(%|bp)?)?$',
        ['sign', 'first', 'first_unit', 'joiner', 'second', 'second_unit']
    )
{%- endmacro %}
