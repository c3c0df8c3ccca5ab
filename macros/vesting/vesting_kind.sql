{#- The kind that follows from an array: [1] immediate, zeros then 1 cliff, a schedule of the contract's table graded, else custom. -#}
{% macro vesting_kind(array_) -%}
    case
        when len({{ array_ }}) = 1 then 'immediate'
        when list_sum({{ array_ }}) = 1 then 'cliff'
        when {{ array_ }} in ({% for pair in [[1, 3], [1, 4], [1, 5], [2, 6], [3, 7]] %}{{ vesting_array(pair[0] | string, pair[1] | string) }}{{ ', ' if not loop.last }}{% endfor %}) then 'graded'
        else 'custom'
    end
{%- endmacro %}
