{#- Bands of attained age as marks `<ageband:40:49>`, [from, to); `:under` where the text says that the upper bound is out.
    Bounds without a unit are ages from 18 on: nobody serves ten to forty years in a band that starts at eighteen. -#}
{% macro age_bands_marked() -%}
    {%- set n = '((?:1[89]|[2-9][0-9]))' -%}
    {%- set any = '([0-9]{1,2})' -%}
    {%- set head = '(?:\\b(?:age|for|employee|if|from|between|with) )*' -%}
    {%- set tail = '(?: (?:age|of age))?' -%}
    {{- return([
        [head ~ '(?:at_least )?' ~ n ~ ' (?:but|and|to) under (?:age )?' ~ n ~ tail, '<ageband:\\1:\\2:under>'],
        [head ~ '(?:under|before|until) (?:age )?' ~ n ~ tail, '<ageband:0:\\1:under>'],
        [head ~ 'up_to age ' ~ n, '<ageband:0:\\1>'],
        [head ~ 'age ' ~ any ~ ' (?:-|to|through|and) ' ~ n, '<ageband:\\1:\\2>'],
        [head ~ n ~ ' (?:-|to|through) (?:age )?' ~ n ~ '( |$)', '<ageband:\\1:\\2>\\3'],
        [head ~ n ~ ' ?(?:\\+|plus|(?:and|or|&) (?:over|more|up|after))' ~ tail, '<ageband:\\1:>'],
        [head ~ '(?:at_least |over )(?:age )?' ~ n ~ tail, '<ageband:\\1:>'],
    ]) -}}
{%- endmacro %}
