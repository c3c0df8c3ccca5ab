{#- Terms of a provision with every figure condensed to one token: `3y` `3y+` (3 or more years) `36mo` `90d` `1000h` `20%`
    `33_1/3%`, a date `@date`, a list of vested percents `<LIST 0 / 20 / ...>`; notes that settle nothing become `<NOTE>`.
    A figure with decimals where a whole one belongs (`2.5y`) becomes `2p5y`, which no grammar knows. -#}
{% macro provision_figures(words) -%}
    {%- set unit = '((?: (?:%|year|month|day|hour|week))?)' -%}
    {%- set ns = namespace(doubled=[['#([0-9]+) [(] ([0-9]+)' ~ unit ~ ' [)]', '\\2\\3'], ['(^| )([0-9]+) [(] #([0-9]+)' ~ unit ~ ' [)]', '\\1\\2\\4']]) -%}
    {%- for one in ['%', 'year', 'month', 'day', 'hour', 'week'] -%}
        {%- set ns.doubled = ns.doubled + [['#([0-9]+) ' ~ one ~ ' [(] ([0-9]+)(?: ' ~ one ~ ')? [)]', '\\2 ' ~ one], ['(^| )([0-9]+) ' ~ one ~ ' [(] #([0-9]+)(?: ' ~ one ~ ')? [)]', '\\1\\2 ' ~ one]] -%}
    {%- endfor -%}
    {%- set rules = [
        ['% %', '%'], ['\\byear year\\b', 'year'], ['\\bmonth month\\b', 'month'], ['\\bday day\\b', 'day'], ['\\bhour hour\\b', 'hour'],
        ['#([0-9]+)', '\\1'],
        ['\\b([0-9]+) (?:and )?1 / 2 (year|month|of age)', '\\1p5 \\2'], ['\\b(?:1 and 1 half|1 and half) year', '1p5 year'],
        ['\\b([0-9]+) (?:and )?([1-9]) / ([2-9]) %', '\\1_\\2/\\3%'],
        ['\\b1 (?:/ 3|third) (?:% )?per year', '33_1/3% per year'], ['\\b1 (?:/ 4|fourth|quarter) per year', '25% per year'], ['\\b1 (?:/ 5|fifth) per year', '20% per year'],
        ['\\b1 / 3 (after|at|vested)\\b', '33_1/3% \\1'], ['\\b2 / 3 (after|at|vested)\\b', '66_2/3% \\1'], ['([0-9]) %', '\\1%'],
        ['\\b([0-9]+)\\.([0-9]+) (year|month|day|hour|week)', '\\1p\\2 \\3'],
        ['([0-9]) (?:full|work|credited|vested|plan|continuous|consecutive|calendar) (year|month|day|hour)\\b', '\\1 \\2'],
        ['([0-9]) (?:[+]|or (?:more|greater)|plus)(?: full)? (year|month|day|hour)\\b', '\\1 \\2+'],
        ['([0-9]) (year|month|day|hour) (?:[+]|(?:of service )?(?:or|and) (?:more|greater|over|above|thereafter|after))', '\\1 \\2+'],
        ['([0-9]) (year|month|day|hour) ; (of|service|cliff|graded|or|per)\\b', '\\1 \\2 \\3'], ['([0-9]) y\\b', '\\1 year'],
        ['([0-9]) year\\b', '\\1y'], ['([0-9]) month\\b', '\\1mo'], ['([0-9]) day\\b', '\\1d'], ['([0-9]) hour\\b', '\\1h'], ['([0-9]) week\\b', '\\1wk'],
        ['((?:y|mo|d|wk|h)[+]?) (?:of )?(?:(?:vested|credited|continuous|uninterrupted|consecutive|eligible|work|plan|qualifying|creditable|full|eligibility) )*service(?: (?:with|at) employer)?', '\\1'],
        ['([0-9]y[+]?) of vested\\b', '\\1'],
        ['(^|[^/] )(?:0?[1-9]|1[0-2]) / (?:0?[1-9]|[12][0-9]|3[01]) / (?:19|20)?[0-9]{2}( [^/]|$)', '\\1@date\\2'],
        ['\\b(?:19|20)[0-9]{2} - [0-9]{1,2} - [0-9]{1,2}\\b', '@date'], ['\\b[0-9]{1,2} - [0-9]{1,2} - (?:19|20)[0-9]{2}\\b', '@date'],
        ['\\bm[0-9]+ (?:(?:[0-9]{1,2}|first)(?:th)? )?(?:, )?(?:19|20)[0-9]{2}\\b', '@date'], ['\\b[0-9]{1,2} (?:- )?m[0-9]+ (?:- |, )?(?:19|20)[0-9]{2}\\b', '@date'],
        ['(^|[^/] )(?:plan year )?(?:19|20)[0-9]{2}(?: plan year)?( [^/]|$)', '\\1@date\\2'],
        ['\\b(?:[0-9][0-9.]*%?(?: / [0-9][0-9.]*%?){3,}|0%?(?: / [0-9][0-9.]*%?){2})', '<LIST \\0>'],
        ['\\b(?:effective|starting|updated|revised)(?: (?:for|with|on|or|after|as|of|in|plan|year|starting|date|:))* @date', '<NOTE>'],
        ['\\b(?:as )?(?:per|see|refer to|refer|in accordance with|according to|pursuant to|(?:described|stated|defined|provided|specified|outlined|provided for|set forth) (?:in|by)|under|based on|subject to)(?: terms of| provisions of)? document', '<NOTE>'],
        ['\\b(?:subject to|per|under|pursuant to|in accordance with|as (?:required|permitted|limited|defined) (?:by|in|under)|see)(?: limits of)? ircref(?: (?:limits?|rules?|compensation limits?))?', '<NOTE>'],
        ['[(] ircref [)]', '<NOTE>'], ['\\bcurrently\\b|[(] current [)]', '<NOTE>'],
        ['^(?:ircref )?plan(?: [0-9]{3})? [:-] ', '<NOTE> '], ['^plan ([0-9]) - ', 'plan? \\1 - '], ['^- ', 'minus '], [' +', ' '],
    ] -%}
    trim({{ rewritten(words, ns.doubled + rules) }})
{%- endmacro %}
