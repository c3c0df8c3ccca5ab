{#- One limit for bands that state only their rates: `first 6% matched at: 25% 0-4 yrs; 50% 5+ yrs` and
    `50% (under 5 yrs), 75% (5+ yrs) of the first 6%`: tiers of the form `shared` beside one `<shared:6%>`. -#}
{% macro shared_limit_marked() -%}
    {%- set t = token_patterns() -%}
    {%- set rate = '(' ~ t.rate ~ ')' -%}
    {%- set p = '(' ~ t.percent ~ ')' -%}
    {%- set service = '(\\(? ?<service:[^>]*>(?: \\))?)' -%}
    {%- set is = '(?: (?:match|at|:|-|,|of deferral|based|on|year of service))*' -%}
    {{- return([
        ['^((?:match |deferral |on |of )*)(?:first|up_to) ' ~ p ~ '(?: of pay| of deferral| pay)?' ~ is ~ ' (' ~ t.rate ~ '|\\(? ?<service)', '\\1<shared:\\2> ; \\3'],
        ['(^ ?|[;,+] |> |\\bor |\\band |\\bmatch )' ~ rate ~ '(?: match| for| if| of deferral)* ' ~ service, '\\1<tier:\\2:shared::> \\3'],
        ['(^ ?|[;,+] |> |\\bor |\\band |\\bmatch )' ~ service ~ '(?: (?::|=|-|match))* ' ~ rate ~ '( ?[;,]| ?$| and | or )', '\\1<tier:\\3:shared::> \\2\\4'],
        ['(^ ?|[;,+] |> |\\bor |\\band |\\bmatch )' ~ service ~ '(?: (?::|=|-|match))* ' ~ rate ~ '( ?[;,]| ?$| and | or )', '\\1<tier:\\3:shared::> \\2\\4'],
        ['(<tier:[^:>]*:shared::> ' ~ service ~ ')(?: ,)?(?: (?:of|on|match|up_to|first|deferral))* (?:first|up_to) ' ~ p ~ '(?: (?:of pay|pay|of deferral|deferral))*( ?[;,]| ?$)', '\\1 <shared:\\3>\\4'],
        ['(>(?: \\))?(?: ,)?) or (<tier:[^:>]*:shared::>)', '\\1 , \\2'],
    ]) -}}
{%- endmacro %}

{#- Whether every tier among the marks is one that takes the shared limit. -#}
{% macro has_shared_tiers(marks) -%}
    len(list_filter({{ marks }}, lambda mark: starts_with(mark, '<tier:') and not contains(mark, ':shared:'))) = 0
{%- endmacro %}
