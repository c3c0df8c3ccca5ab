{#- Formulas by name, and words that say what kind of provision this is. -#}
{% macro match_names_marked() -%}
    {%- set t = token_patterns() -%}
    {%- set p = '(' ~ t.percent ~ ')' -%}
    {{- return([
        ['\\b(?:max|<max:[^>]*>) ?match', 'match'],
        ['\\bqaca(?: (?:sh|basic))?(?: match)?(?: (?:sh|qaca))?\\b', '<named:qaca>'],
        ['\\b(?:basic|fixed basic) sh(?: match)?\\b|\\bsh basic(?: match)?\\b|\\bsh match basic\\b', '<named:basic>'],
        ['\\benhanced sh(?: match)?\\b|\\bsh enhanced(?: match)?\\b|\\benhanced(?: match)?\\b', '<named:enhanced>'],
        ['\\b(?:irs )?sh(?: match)?\\b', '<named:safeharbor>'],
        ['\\bnonelective sh\\b', 'nonelective'],
        ['(^ ?|[;,+(] )(nonelective(?: (?:of|:|at|=|-|/|[|]|deferral|up_to))*) (<tier)', '\\1\\2 other \\3'],
        ['\\bnext (' ~ p ~ ' nonelective)', '\\1'],
        ['\\bnonelective only( [;,]|$)', 'nonelective\\1'],
        ['\\bmay match (?:in|at) discretionary\\b|\\b(?:in|at) discretionary(?: ,)? may match\\b', '<ownmatch:>'],
        ['\\b(?:may )?(?:, )?(?:(?:in|at) )?discretionary (?:deferral )?match(?: (?:match|deferral))*\\b', '<ownmatch:>'],
        ['\\b(?:may )?(?:, )?(?:(?:in|at) )?discretionary(?: deferral)*\\b', '<discretionary:>'],
        ['<discretionary:> ((?:(?:no|none|not|without) )?nonelective)', 'discretionary \\1'], ['<ownmatch:>', '<discretionary:own>'],
        ['(<service:.*)<waityears:([0-9]+)>', '\\1<service:\\2:>'],
        ['<waityears:([0-9]+)>(.*<service:)', '<service:\\1:>\\2'],
    ]) -}}
{%- endmacro %}
