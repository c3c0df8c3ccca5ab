{#- Upper tail of the standard normal distribution, P(Z > x) for x >= 0, which DuckDB lacks: the rational Chebyshev approximations of
    W. J. Cody, Rational Chebyshev Approximations for the Error Function, Math. Comp. 23 (1969) 631-637, as in his ANORM (Algorithm 715,
    ACM TOMS 19, 1993) and R's pnorm. Relative error of the approximation below 1e-16; of ours, tested against scipy: below 1e-12 up to
    x = 37, absolute below 1e-15. Beyond 37 the tail is below 6e-300 and taken as 0. x: a column name, since it is repeated. -#}
{% macro normal_tail(x) -%}
    {%- set center = [
        [0.065682337918207449113, 2.2352520354606839287, 161.02823106855587881, 1067.6894854603709582, 18154.981253343561249],
        [1, 47.20258190468824187, 976.09855173777669322, 10260.932208618978205, 45507.789335026729956],
    ] -%}
    {%- set middle = [
        [1.0765576773720192317e-8, 0.39894151208813466764, 8.8831497943883759412, 93.506656132177855979, 597.27027639480026226,
         2494.5375852903726711, 6848.1904505362823326, 11602.651437647350124, 9842.7148383839780218],
        [1, 22.266688044328115691, 235.38790178262499861, 1519.377599407554805, 6485.558298266760755, 18615.571640885098091,
         34900.952721145977266, 38912.003286093271411, 19685.429676859990727],
    ] -%}
    {%- set far = [
        [0.02307344176494017303, 0.21589853405795699, 0.1274011611602473639, 0.022235277870649807, 0.001421619193227893466,
         2.9112874951168792e-5],
        [1, 1.28426009614491121, 0.468238212480865118, 0.0659881378689285515, 0.00378239633202758244, 7.29751555083966205e-5],
    ] -%}
    {%- set square = '(' ~ x ~ ' * ' ~ x ~ ')' -%}
    {%- set inverse = '(1 / (' ~ x ~ ' * ' ~ x ~ '))' -%}
    case
        when {{ x }} > 37 then cast(0 as double)
        when {{ x }} <= 0.67448975
            then 0.5 - {{ x }} * {{ polynomial(square, center[0]) }} / {{ polynomial(square, center[1]) }}
        when {{ x }} <= 5.656854249492381
            then exp(-{{ square }} / 2) * {{ polynomial(x, middle[0]) }} / {{ polynomial(x, middle[1]) }}
        else exp(-{{ square }} / 2) / {{ x }} * (
            cast(0.398942280401432677939946 as double)
            - {{ inverse }} * {{ polynomial(inverse, far[0]) }} / {{ polynomial(inverse, far[1]) }}
        )
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
