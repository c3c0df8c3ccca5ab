{#- Whether stated tiers agree with the safe-harbour name beside them. A formula by name must be that formula; a bare or enhanced
    safe harbour must be at least as generous as the basic or the QACA match at every deferral, with rates that do not rise
    (IRC 401(k)(12)(B)(iii), 401(k)(13)(D)(ii)): for such tiers it is enough to look where the statute's rate changes. -#}
{% macro is_safe_harbor(names, tiers, named_tiers) -%}
    case
        when {{ named_tiers }} is not null then {{ tiers }} = {{ named_tiers }}
        else
            list_reverse_sort(list_transform({{ tiers }}, lambda tier: tier.match_rate)) = list_transform({{ tiers }}, lambda tier: tier.match_rate)
            and (
                ({{ match_at(tiers, '0.03') }} >= 0.03 and {{ match_at(tiers, '0.05') }} >= 0.04)
                or ({{ match_at(tiers, '0.01') }} >= 0.01 and {{ match_at(tiers, '0.06') }} >= 0.035)
            )
    end
{%- endmacro %}
