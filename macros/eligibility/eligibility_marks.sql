{#- Terms of an eligibility condition with every recognised construct replaced by a mark (upper case, so that no later rule reads
    into one). `<S:D>` `<S:M>` `<S:C>` name the money type: deferral, match, core. Grammar: int_eligibilities__marked. -#}
{% macro eligibility_marks(terms) -%}
    {%- set last_day_rule = 'last day(?: of (?:each |plan |calendar |fiscal )*year)?(?: (?:service|rules?|required|provision|condition))*' -%}
    {%- set last_day = '(?:(?:required|employed|service|work|on|effective|employee|for|if|when) )*' ~ last_day_rule -%}
    {%- set next = '(?: (?:coincident|coinciding|coincides|concurrent|on)(?: with)?(?: ,)?(?: (?:or|and)(?: next| immediate)*(?: following| after)?(?: ,)?)?| (?:next |immediate )*(?:following|after|upon|next)(?: (?:or|and) (?:coincident|coinciding)(?: with)?)?)' -%}
    {%- set or = '(?: ,| and| or| /| ;)+ ' -%}
    {%- set january, april, july, october = '(?:m1(?: (?:1|first))?|1 / 1)', '(?:m4(?: (?:1|first))?|4 / 1)', '(?:m7(?: (?:1|first))?|7 / 1)', '(?:m10(?: (?:1|first))?|10 / 1)' -%}
    {%- set words = [
        ['\\b(?:your|their|his or her|may|can)\\b', ''], [' +', ' '], ['\\b(?:date|dates)\\b', 'date'], ['\\b(?:entry|enter|enters|entrance|entries)(?: into)?(?: plan)?(?: date)?\\b', 'entry'], ['\\bfom\\b', 'first of month'],
        ['\\b(?:upon|on|at) service\\b', 'upon hire'], 
        ['\\b(?:(?:to|order) )*(?:eligible|eligibility|elig|join|participate|participation|enroll)(?: (?:to|in|for|participate|participation|plan|enroll|join))*\\b', ''],
        ['\\b(?:all|any|each) (?:of )?employee\\b', ''], ['\\bemployee (?:contribution|deferral)', 'deferral'], ['\\bage ([0-9]+)\\.5\\b', 'age \\1p5'],
        ['\\bage ([0-9]+) (?:and )?(?:1 / 2|half)', 'age \\1p5'], ['\\bsemi (annual|annually)', 'semiannual'], ['\\b(?:bi|semi) (month|week)', 'semi\\1'], [' [+] ', ' and '], [' +', ' '],
    ] -%}
    {%- set money = [
        ['\\b(?:(?:elective|ircref|safeharbor) )*deferral(?: contribution)?(?: purposes)?', '<S:D>'], ['\\b(?:(?:employer|safeharbor) )*match(?: contribution)?', '<S:M>'],
        ['\\b(?:(?:employer|safeharbor|discretionary) )*core(?: contribution)?', '<S:C>'], ['\\b(?:all )?employer contribution', '<S:MC>'],
        ['(^|[;,] )employer :', '\\1<S:MC> :'], ['^employee : (.*<S:[MC])', '<S:D> : \\1'], ['[(] employee [)]', '<S:D>'], ['[(] employer [)]', '<S:MC>'], ['^ircref [:-] (.*<S:[MC])', '<S:D> : \\1'], ['^employee ([^:<]*<S:MC>)', 'employee? \\1'],
        ['\\b(?:for |of )?all (?:contribution|money|source)(?: types?| sources?)?', ''],
        ['\\b(?:(?:for|to|in order to|receive|share in|get|purposes of|make|making|starting) )+<S:', '<S:'],
        ['<S:([A-Z]+)> , <S:([A-Z]+)>(?: ,)? and <S:([A-Z]+)>', '<S:\\1\\2\\3>'], ['<S:([A-Z]+)> (?:and|/) <S:([A-Z]+)>', '<S:\\1\\2>'],
        ['(?:^|[;,] |and )<S:([A-Z]+)> :', '; <S:\\1>'], ['^; ', ''],
    ] -%}
    {%- set negations = [
        ['\\b(?:no|without)(?: required to(?: (?:employed|work|service|on))*)? ' ~ last_day_rule, '<NOLASTDAY>'], [last_day ~ ' (?:does not apply|do not apply|not required|not apply)', '<NOLASTDAY>'],
        ['\\b(?:no|without)(?: any)?(?: (?:atleast|age|hour|length of)(?: (?:,|/|or|and))*)* (?:service|waiting|wait)(?: (?:or|and|/) (?:age|hour))?(?: (?:period|required|condition))*', '<IMMEDIATE>'],
        ['\\b(?:no|without)(?: atleast)? age(?: required| limit)*', '<NOAGE>'], ['\\b(?:no|without)(?: atleast)? hour(?: of service)?(?: required)?', '<NOHOURS>'],
        ['\\b(?:no|without) required (<S:)', '<IMMEDIATE> \\1'], ['^(?:no|none)(?: (?:required|conditions?))*$', '<IMMEDIATE>'],
    ] -%}
    {%- set conditions = [
        [last_day ~ '( apply)?', '<LASTDAY>'], ['\\b(?:(?:required|and|if|when|employee) )*(?:employed|service) (?:on|at|effective) (?:end of (?:plan )?year|year end|eoy|m12 31|12 / 31)', '<LASTDAY>'],
        ['\\b(?:regular |fixed )?(?:full time|fulltime|ft)(?: employee)?(?: only)?', '<CLASS:FULL>'], ['\\b(?:regular )?(?:part time|parttime|pt)(?: employee)?(?: only)?', '<CLASS:PART>'],
        ['\\b(?:for|if|all|any|each) <CLASS', '<CLASS'],
        ['\\b(?:(?:required|work|atleast|employee) )*age(?: (?:of|:|=|required|atleast))* ([1-7][0-9](?:p5)?)\\b(?: (?:or|and) (?:older|over|above)| [+])?', '<AGE:\\1>'],
        ['\\b(?:(?:required|work|atleast|employee) )*([1-7][0-9](?:p5)?)y[+]? (?:of age|old)(?: (?:or|and) (?:older|over|above))?', '<AGE:\\1>'], ['\\b([1-7][0-9])th birthday', '<AGE:\\1>'],
        ['\\b(?:on |entry )*first (?:day )?of (?:each |plan )*plan year (?:and|or) (?:first (?:day )?of )?(?:7th month|month 7)(?: of plan year| thereafter)?', '<ENTRY:S>'],
        ['\\b(?:on |entry |in )*first (?:(?:day|date) )?(?:of |in )?(?:(?:each|any|following|next|calendar|plan|fiscal) )*month(?: (?:entry|date))*', '<ENTRY:M>'],
        ['\\b(?:on |entry |in )*first (?:(?:day|date) )?(?:of |in )?(?:(?:each|any|following|next|calendar|plan|fiscal|year) )*quarter(?: (?:entry|date))*', '<ENTRY:Q>'],
        ['\\b(?:on |entry )*first (?:day )?of (?:(?:each|any|following|next) )*plan year(?: (?:entry|date))*', '<ENTRY:A>'],
        ['\\b(?:(?:on|date|of) )*' ~ january ~ or ~ april ~ or ~ july ~ or ~ october, '<ENTRY:Q>'], ['\\b(?:(?:on|date|of) )*' ~ january ~ or ~ july, '<ENTRY:S>'],
        ['\\bmonthly(?: (?:entry|date|enrollment))*|\\bentry (?:: )?monthly', '<ENTRY:M>'], ['\\bquarterly(?: (?:entry|date|enrollment))*|\\bentry (?:: )?quarterly', '<ENTRY:Q>'],
        ['\\b(?:semiannual|biannual)(?: (?:entry|date|enrollment))*|\\bentry (?:: )?(?:semiannual|biannual)', '<ENTRY:S>'],
        ['\\bannual entry|\\bentry (?:: )?annual\\b', '<ENTRY:A>'], ['\\b(?:dual|2) entry', '<ENTRY:S>'], ['\\bimmediate entry|\\bentry (?:: )?immediate', '<ENTRY:I>'],
        ['\\b(?:entry|on|in|for|starting|then)(?: (?:on|:|of|in))* (<ENTRY)', '\\1'], ['(<ENTRY:[A-Z]>)' ~ next, '\\1'],
        ['\\b(?:with|in|of) (?:(?:atleast|work|credited|with|of|in|during|required) )*([1-9][0-9]{2,3})h[+]?(?: of service)?(?: annual|(?: (?:per|in|during|each|/|of))+ (?:plan |calendar |computation |that )*(?:year|1y|period))?(?: (?:required|work))*', 'and <HOURS:\\1>'],
        ['\\b(?:(?:atleast|work|credited|during|required) )*([1-9][0-9]{2,3})h[+]?(?: of service)?(?: annual|(?: (?:per|in|during|each|/|of))+ (?:plan |calendar |computation |that )*(?:year|1y|period))?(?: (?:required|work))*', ' <HOURS:\\1>'],
        ['\\b0(?:d|mo|y)\\b(?: (?:waiting|wait)(?: period)?)?', '<IMMEDIATE>'], ['\\b0p5y', '6mo'], ['\\b1p5y', '18mo'],
        ['\\b([1-9]|1[0-9])y[+]?( |$)', '<YEARS:\\1>\\2'], ['\\b([1-9][0-9]?)mo[+]?( |$)', '<MONTHS:\\1>\\2'], ['\\b([1-9][0-9]{0,2})d[+]?( |$)', '<DAYS:\\1>\\2'], ['\\b([1-9][0-9]?)wk[+]?( |$)', '<WEEKS:\\1>\\2'],
        ['(<(?:YEARS|MONTHS|DAYS|WEEKS):[0-9]+>)(?: (?:service|waiting|wait|period|of|required|employed|apply))*(?: (?:after|from|following|of|effective) hire)?', '\\1'],
        ['\\b(?:immediate )?(?:upon|following|after) work(?: of)? (<(?:YEARS|MONTHS|DAYS|WEEKS):)', '\\1'],
        ['\\b(?:(?:later of|latest of|after|upon|following|once|when|if|with|have|atleast|work|of|end|for|required|employee|employed|service|waiting|wait|period) ?:? ?)+(<(?:YEARS|MONTHS|DAYS|WEEKS|AGE):)', '\\1'],
        ['\\b(?:immediate )*(?:(?:upon|on|at|from|effective|immediate|after|following|day of) )*hire\\b', '<IMMEDIATE>'], ['\\bday 1\\b|\\bfirst day$', '<IMMEDIATE>'], ['\\bimmediate\\b', '<IMMEDIATE>'], ['(<IMMEDIATE>) (?:upon|on) <IMMEDIATE>', '\\1'], ['\\bat (<AGE:)', '\\1'],
        ['\\bboth (<[A-Z]+:)', '\\1'], [' +', ' '],
    ] -%}
    trim({{ rewritten(terms, words + money + negations + conditions) }})
{%- endmacro %}
