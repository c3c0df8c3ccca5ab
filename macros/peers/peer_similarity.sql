{#- Similarity in [0, 1] of two rows of dim_client_segment, given their aliases: the weights of the contract (vars, sum 1); half a weight
    for the neighbouring band, the same industry group, the same region. What is unknown of either is like nothing. -#}
{% macro peer_similarity(one, other) -%}
    {%- set halves = [
        ('industry', one ~ '.industry = ' ~ other ~ '.industry', one ~ '.industry_group = ' ~ other ~ '.industry_group'),
        ('size_band', one ~ '.size_band = ' ~ other ~ '.size_band', 'abs(' ~ one ~ '.size_band - ' ~ other ~ '.size_band) = 1'),
        ('plan_type', one ~ '.plan_type = ' ~ other ~ '.plan_type', none),
        ('region', one ~ '.state = ' ~ other ~ '.state', one ~ '.region = ' ~ other ~ '.region'),
    ] -%}
    cast(
        {%- for name, same, near in halves %}
        {{ '+ ' if not loop.first }}case
            when {{ same }} then cast({{ var('peer_weight_' ~ name) }} as decimal(9, 6))
            {%- if near %}
            when {{ near }} then cast({{ var('peer_weight_' ~ name) }} as decimal(9, 6)) * cast(0.5 as decimal(2, 1))
            {%- endif %}
            else 0
        end
        {%- endfor %} as decimal(9, 6)
    )
{%- endmacro %}
