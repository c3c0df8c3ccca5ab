{#- Repaired text as lower-case tokens with one blank between them: words, numbers and symbols apart (`100%upto3%` becomes
    `100 % upto 3 %`), thousands joined, decimal points kept, statutory references reduced to the one word `ircref`. -#}
{% macro lexed(expression) -%}
    {%- set sentences = [
        ['\\b([A-Za-z])\\.([A-Za-z])\\.', '\\1\\2'],
        ['([a-z0-9)%])\\. +([A-Z])', '\\1 ; \\2'],
        ['(^|[;,:] )(?:[Tt]he )?((?:[A-Z]{2,6}|(?:[A-Z][A-Za-z&-]* ){1,3}(?:Corp|Corporation|Inc|LLC)[.,]?|(?:[A-Z][A-Za-z&-]* ){0,3}(?:Hospital|University|College|Clinic|Health|Health System|Healthcare))) ((?:[Ww]ill (?:match|contribute|make)|matches|contributes|makes|provides) )', '\\1sponsorname \\2 endofname \\3'],
    ] -%}
    {%- set rules = [
        ['\\b(?:irc|internal revenue code|code|erisa)(?: ?(?:section|sec\\.?|§))? ?§* ?([0-9]{3,4}(?: ?\\([0-9a-z]{1,4}\\))*)', ' ircref '],
        ['(?:section|sec\\.?|§+) ?[0-9]{3,4}(?: ?\\([0-9a-z]{1,4}\\))*', ' ircref '],
        ['\\b4(?:01|02|03|15|57|10|11|14) ?\\([0-9a-z]{1,4}\\)(?: ?\\([0-9a-z]{1,4}\\))*', ' ircref '],
        ['\\b4(?:01|03|57)-?[kb]\\b', ' ircref '],
        ['\\bw-?2\\b', ' pay '],
        ['(^|[(,;:] ?)-([0-9])', '\\1 minus \\2'],
        ['\\bn ?/ ?a\\b', ' na '], ['\\bn/e\\b', ' nec '], ['\\bper ?cent\\b', '%'], ['\\bp/s\\b', ' ps '],
        ['\\bw/o\\b', ' without '], ['\\bw/', ' with '],
        ['\\bdoll?ar[- ]for[- ]doll?ar\\b', ' dollarfordollar '],
        ['\\bnon[- ]*elective', 'nonelective'],
        ['\\((?:i|ii|iii|iv|a|b|c|d)\\)', ' '],
        ['\\bbasis points?\\b', 'bps'],
        ['\\bin addition,', ' plus '], ['\\( ?not an? match(?:ing contribution)? ?\\)', '( notamatch )'],
        ['-(to|for)-', ' \\1 '],
        ["\\bwon't\\b", 'will not'], ["\\bcan(?:'t|not)\\b", 'can not'], ["n't\\b", ' not '],
        ["'(?:s|ll|re|ve|d)\\b", ' '], ["s'", 's '],
        ['([a-z%])([0-9]+(?:st|nd|rd|th))', '\\1 \\2'], ['([0-9]) ?(?:st|nd|rd|th)\\b', '\\1th '], ['([0-9])(?:st|nd|rd|th)([0-9])', '\\1th \\2'],
        ['\\b1th\\b', ' first '],
        ['\\$ *([0-9]{1,3}),([0-9]{3}),([0-9]{3})', '$\\1\\2\\3'],
        ['\\$ *([0-9]{1,3}),([0-9]{3})', '$\\1\\2'],
        ['(^|[^0-9,.])([0-9]{1,2}),([0-9]{3})( ?-? ?(?:h|usd|dollar))', '\\1\\2\\3\\4'],
        ['([0-9])\\.([0-9])', '\\1·\\2'],
        ['(^|[^0-9])\\.([0-9])', '\\1 0·\\2'],
        ['\\.', ' '],
        ['·', '.'],
        ['([a-z])-([a-z])', '\\1 \\2'], ['([a-z])-([a-z])', '\\1 \\2'],
        ['([a-z0-9]|[a-z] ?\\( ?[0-9]+ ?\\)) ?- ?(yrs?|years?|mos?|months?|days?|hours?|hrs?)\\b', '\\1 \\2'],
        ['([a-z])([0-9])', '\\1 \\2'],
        ['([0-9])([a-z])', '\\1 \\2'],
        ['([^a-z0-9. ])', ' \\1 '],
        ['< +=', '<='], ['> +=', '>='],
        [' +', ' '],
        ['- (?:- )+', '- '],
        ['\\b(?:additional|addl) ([0-9.]+ %) (of|on) (?:the )?next\\b', '\\1 \\2 next'],
    ] -%}
    trim({{ rewritten("lower(" ~ rewritten(expression, sentences) ~ ")", rules) }})
{%- endmacro %}
