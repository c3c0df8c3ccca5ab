{#- One feature of a plan as int_features__measured unnests it: value, and the reason of ours why it is null (null: the field's own). -#}
{% macro measured(feature, value, reason='null') -%}
    {'feature': '{{ feature }}', 'value': cast({{ value }} as decimal(18, 12)), 'reason': cast({{ reason }} as varchar)}
{%- endmacro %}

{#- A boolean as 1 or 0, null where it is. -#}
{% macro yes_no(condition) -%}
    cast({{ condition }} as integer)
{%- endmacro %}

{#- The match at a deferral over a list of bands of service: one value where all bands give the same, else null. -#}
{% macro match_of_all_bands(bands, deferral) -%}
    case
        when len(list_distinct(list_transform({{ bands }}, lambda band: coalesce({{ match_at('band.tiers', deferral) }}, 0)))) = 1
            then coalesce({{ match_at(bands ~ '[1].tiers', deferral) }}, 0)
    end
{%- endmacro %}
