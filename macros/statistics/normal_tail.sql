{#- Upper tail of the standard normal distribution, P(Z > x) for x >= 0, which DuckDB lacks. Hart's algorithm 5666 (J. F. Hart et al.,
    Computer Approximations, 1968) as given by G. West, Better approximations to cumulative normal functions, Wilmott Magazine, May 2005:
    a rational function below 10/sqrt(2), a continued fraction above. Absolute error below 1e-15; relative errors: docs/peers.md.
    Beyond 37 the tail is below 6e-300 and taken as 0. x: a column name, since it is repeated. -#}
{% macro normal_tail(x) -%}
    {%- set numerator = [3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376] -%}
    {%- set denominator = [8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752] -%}
    case
        when {{ x }} > 37 then cast(0 as double)
        when {{ x }} < 7.07106781186547
            then exp(-{{ x }} * {{ x }} / 2) * {{ polynomial(x, numerator) }} / {{ polynomial(x, denominator) }}
        else exp(-{{ x }} * {{ x }} / 2) / ({{ x }} + 1 / ({{ x }} + 2 / ({{ x }} + 3 / ({{ x }} + 4 / ({{ x }} + cast(0.65 as double))))))
            / cast(2.506628274631 as double)
    end
{%- endmacro %}

{#- A polynomial by Horner's rule, in floating point: coefficients from the highest power down. -#}
{% macro polynomial(x, coefficients) -%}
    {%- set ns = namespace(sql='cast(' ~ coefficients[0] ~ ' as double)') -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set ns.sql = '(' ~ ns.sql ~ ' * ' ~ x ~ ' + cast(' ~ coefficient ~ ' as double))' -%}
    {%- endfor -%}
    {{- ns.sql -}}
{%- endmacro %}
