{#- A state's or an industry's plain text as the seeds spell it: no dots, quotes, commas or brackets, `-` and `_` a blank, `&` and.
    A slash stays, since it joins two of them. -#}
{% macro place_spelled(plain) -%}
    trim({{ rewritten(plain, [
        ["[']", ''], ['([a-z])\\.', '\\1'], ['^([0-9]+)\\.0$', '\\1'], ['&', ' and '], ['([0-9])[(]([a-z])[)][(]([0-9])[)]', '\\1\\2\\3'], ['[-_,:()#]', ' '], [' +', ' '],
    ]) }})
{%- endmacro %}

{#- A spelled state without what people write around it: `state of maine`, `washington state`. -#}
{% macro state_spelled(plain) -%}
    {{ rewritten(place_spelled(plain), [['^(?:state|commonwealth) of ', ''], [' state$', '']]) }}
{%- endmacro %}
