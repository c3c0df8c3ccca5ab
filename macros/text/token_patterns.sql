{#- The tokens that grammars are written in, as RE2 patterns: percent 6% 33_1/3% 550bp; rate: a percent or 0.50~1
    (cents to the dollar); money $2000; years 5y. -#}
{% macro token_patterns() -%}
    {{- return({
        'number': '[0-9]+(?:\\.[0-9]+)?',
        'percent': '[0-9]+(?:\\.[0-9]+)?(?:_[0-9]/[0-9])?(?:%|bp)',
        'rate': '(?:[0-9]+(?:\\.[0-9]+)?(?:_[0-9]/[0-9])?(?:%|bp)|[0-9.]+~[0-9.]+)',
        'money': '\\$[0-9]+(?:\\.[0-9]+)?',
    }) -}}
{%- endmacro %}
