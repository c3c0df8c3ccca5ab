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
        ['\\b(?:may )?(?:, )?(?:(?:in|at) )?discretionary(?: (?:match|employer|deferral))*\\b', '<discretionary:>'],
        ['<discretionary:> nonelective', 'discretionary nonelective'],
    ]) -}}
{%- endmacro %}
