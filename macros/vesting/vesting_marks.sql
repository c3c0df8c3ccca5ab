{#- Terms of a vesting schedule with every recognised construct replaced by a mark. Marks are upper case, so that no later rule
    reads into one. What is left outside marks, and is no separator, was not understood. Grammar: int_vesting_schedules__marked. -#}
{% macro vesting_marks(terms) -%}
    {%- set n = '([1-9]?[0-9])' -%}
    {%- set y = n ~ 'y[+]?' -%}
    {%- set p = '([0-9]+(?:\\.[0-9]+)?(?:_[0-9]/[0-9])?)%' -%}
    {%- set number = '[0-9]+(?:\\.[0-9]+)?(?:_[0-9]/[0-9])?' -%}
    {%- set at = '(?: (?:after|at|upon|on|with|for|in|once|if|when|following|end|work|period|of|employee))+ ' -%}
    {%- set sure = '(?:(?:always|immediate|100%|vested|and) )*' -%}
    {%- set event = 'event(?: [(] (?:(?:age )?[0-9]{2}|nra) [)])?' -%}
    {%- set events = '(?:(?:(?:employee|work) )*age [0-9]{2}(?:(?: ,| or| and| /| upon| at)+ ))*' ~ event ~ '(?:(?:(?: ,| or| and| /| if| upon| at| while| whichever| first| later| earlier)+| [(])(?: your| of| work)* (?:' ~ event ~ '|(?:work )?age [0-9]{2})(?: [)])?)*(?: (?:while|if|when) (?:still )?(?:employed|work)(?: by employer)?)?' -%}
    {%- set words = [
        ['^ircref [:-] ', '<LABEL> '],
        ['\\bfull\\b', '100%'], ['\\b(?:no|not|none|nothing) vested\\b', '0% vested'], ['\\b(?:not|none|nothing) until', '0% until'],
        ['\\b100% (?:and )?100%', '100%'], ['vested (?:and )?vested', 'vested'], ['vested 100%', '100% vested'], ['y [(] (cliff|graded) [)]', 'y \\1'],
        ['\\b12mo\\b', '1y'], ['\\b24mo\\b', '2y'], ['\\b36mo\\b', '3y'], ['\\b48mo\\b', '4y'], ['\\b60mo\\b', '5y'], ['\\b72mo\\b', '6y'], ['\\b84mo\\b', '7y'],
        ['\\byear of (?:(?:vested|credited|continuous) )*service\\b', 'year'], ['\\bof (?:vested )?service\\b', ''], [' (?:when|if|as) made\\b', ''], [' +', ' '],
    ] -%}
    {%- set money = [
        ['\\b(?:your |their |my |his or her )?(?:own|employee|elective|deferral|rollover|after tax|roth)(?: and (?:own|employee|rollover|deferral))*(?: (?:deferral|contribution))+', '<EE>'],
        ['(^|[;,] )employee(?: [:-])? (?:(?:always|immediate|100%|vested) ?)+([;,].*\\bemployer\\b)', '\\1<OWN> \\2'],
        ['\\b(?:your|their|my) (?:own )?contribution', '<EE>'], ['\\bdeferral\\b|\\brollover\\b', '<EE>'],
        ['\\b(?:your |their )?(?:all |any )?(?:(?:employer|safeharbor|discretionary|qaca safeharbor) )*(?:match|core|employer|safeharbor|discretionary)(?: contribution)+', '<ER>'],
        ['\\b(?:employer )?(?:safeharbor )?(?:match|core)\\b', '<ER>'], ['\\ball contribution', '<ER>'], ['\\b(?:qaca )safeharbor\\b', 'qaca'], ['\\bsafeharbor\\b', '<ER>'],
        ['<(?:ER|EE)> and (?:in )?(?:all )?<ER>', '<ER>'], ['<ER> and (?:in )?<ER>', '<ER>'], ['<(?:ER|EE)> and (?:in )?<ER>', '<ER>'],
        ['((?:(?:[0-9_/.]+%|immediate|always) )*)vested (?:in|for|on) (?:all )?(<E[RE]>)', '\\2 \\1vested'],
        ['<EE>(?: [:,-])? (?:(?:always|immediate|100%|vested|and|at all times)(?: |$))+(?:at all times )?([;,(]|and <ER>|<ER>|but|while|$)', '<OWN> \\1'],
        ['(?:(?:always|immediate|100%|vested) )+(?:in |for |on )<EE>', '<OWN>'],
        ['\\b(?:(?:both|your|employee) )*interest in <ER>|\\bapply to (?:all )?<ER>|\\bboth <ER>', ' '], ['\\b(?:in|for|on|to|of) (?:all )?<ER>|<ER>', ' '], ['<EE>', 'own'], ['\\b(?:for|of|to) (?:all|any|each) employee|\\ball employee', ' '], [' +', ' '],
    ] -%}
    {%- set notes = [
        ['(?:(?:;|,|[(]|or|and|also|except|but|in addition|additionally) )*(?:(?:100%|immediate|accelerated|automatically|vested|employee) (?:[()] )?)*(?:upon|at|on|if|when|for|in case of|in|because of|due to|by reason of|following|with|of) (?:(?:case of|event of|upon|at|work|of|your) )*' ~ events, ' <EVENT>'],
        ['(?: ,| or| and)+ ' ~ events, ' <EVENT>'], ['(<EVENT>(?: [;,])*) (?:otherwise|else)', '\\1'],
        ['(?:(?:with|of|for|at|in|work|atleast|required|each|;|,|[(]) )*(?:year of )?(?:vested |service )?(?:year )?(?:= |: |requires |required |means |defined as |work )?(?:atleast )?[0-9]{3,4}h(?: of service)?(?: (?:per|each|in|during|required|credited|of|plan))*(?: (?:year|1y))?( each)?( [)])?', ' <HOURS>'], [' +', ' '],
    ] -%}
    {%- set figures = [
        ['\\b(0%?(?: , (?:and )?' ~ number ~ '%?){2,})( |$)', '<LIST \\1>\\2'], ['\\b(0%?(?: ; ' ~ number ~ '%?){2,})( |$)', '<LIST \\1>\\2'],
        ['\\b(0%?(?: - ' ~ number ~ '%?){2,})( |$)', '<LIST \\1>\\2'], ['\\b(0%(?: ' ~ number ~ '%){2,})( |$)', '<LIST \\1>\\2'], ['\\b(?:year|service)(?: of)?(?: vested)? : (lt ' ~ n ~ ' |' ~ n ~ ' )', '\\1'], ['\\blt ' ~ n ~ ' [:=-] 0%', '<ZERO:\\1>'], ['\\b' ~ n ~ ' or more [:=-] ' ~ p, '<PT:\\1:\\2>'], ['^(0%?(?: [|]? ?' ~ number ~ '%?){2,})$', '<LIST \\1>'],
        ['\\b(?:year|service year|y)(?: of service)? ?: ' ~ n ~ ' ', '\\1y '], ['\\byear ' ~ n ~ ' - ' ~ n ~ '\\b', '\\1 - \\2y'], ['\\byear ' ~ n ~ '(?: [+]|\\b)', '\\1y'],
        ['\\b(?:after |at |work )?' ~ n ~ ' (?:-|to|through|but lt) ' ~ y ~ '(?: [:=-]| [(])* ' ~ p ~ '(?: vested)?', '<PT:\\1:\\3><TO:\\2>'],
        [p ~ '(?: vested)?(?: [:=-]| [(]| for)* ' ~ n ~ ' (?:-|to|through) ' ~ y, '<PT:\\2:\\1><TO:\\3>'],
        ['\\b(?:lt|under|before|until|prior to)(?: work)?(?: of)? ' ~ y ~ '(?: [:=-]| [(])* 0%(?: vested)?', '<ZERO:\\1>'],
        ['\\b0%(?: vested)?(?: [:=-]| [(]| for| if| with| when)*(?: (?:lt|under|before|until|prior to|for first))+(?: (?:work|of|employee|end))* ' ~ y, '<ZERO:\\1>'],
        ['<ZERO:([0-9]+)>(?: [,;])?(?: (?:then|and|at time|at point|thereafter|after))+(?: employee)? 100%(?: vested)?(?: (?:thereafter|after))?', '<ZERO:\\1> <PT:\\1:100>'],
        ['<ZERO:([0-9]+)>(?: [,;])? 100%(?: vested)? (?:thereafter|after that|after)( [,;)]|$)', '<ZERO:\\1> <PT:\\1:100>\\2'],
        ['(?:(?:increase|increasing|plus|then|additional|next|another|by|graded|[+]) )*' ~ p ~ '(?: vested)?(?: for| of)? (?:(?:per|each|/)(?: (?:additional|next|subsequent|work|following|1))* (?:year|1y)|annual)(?: of service)?(?: (?:thereafter|after that|increments?|(?:until|atmost|to|(?:to )?(?:maximum|atmost)(?: of)?) 100%(?: vested)?$))*', '<RATE:\\1>'],
        ['(<RATE:[^>]*>)(?: ,)? (?:over|for|up to)(?: period of)? ' ~ y ~ '(?: period)?', '\\1 <OVER:\\2>'],
        ['(<RATE:[^>]*>)(?: ,)?(?: [(])? starting (?:at|after|upon|with|work)(?: end of)? ' ~ y, '\\1 <START:\\2>'], ['(<RATE:[^>]*>) after ' ~ y, '\\1 <AFTER:\\2>'],
        ['(<RATE:[^>]*>)(?: ,)? starting(?: (?:with|in|at|after))*(?: ([0-9])th year| ' ~ y ~ ')', '\\1 <BEGIN:\\2\\3>'],
        [p ~ ' starting(?: (?:with|in|at|after))*(?: ([0-9])th year| ' ~ y ~ ')', '<PT:\\2\\3:\\1>'],
        ['(?:then |another |additional |next )?' ~ p ~ '(?: vested)?' ~ at ~ y, '<PT:\\2:\\1>'], [p ~ '(?: vested)? (?:after|at) ' ~ n ~ '( [,;:)]|$| and| [0-9]+%| <(?:NOTE|EVENT|HOURS))', '<PT:\\2:\\1>\\3'],
        ['\\b(?:after|at|with|upon|for|once|when|if)(?: employee)?(?: work)?(?: of)? ' ~ y ~ '(?: [:=,-])?(?: employee)? ' ~ p ~ '(?: vested)?', '<PT:\\1:\\2>'],
        ['\\b(?:atleast )?' ~ y ~ '(?: [:=-]| [(])* ' ~ p ~ '(?: vested)?', '<PT:\\1:\\2>'], ['\\b' ~ n ~ ' [+] [:=-] ' ~ p, '<PT:\\1:\\2>'], ['(^|[,;] |> )' ~ n ~ ' [:=-] ' ~ p, '\\1<PT:\\2:\\3>'], ['([(] )' ~ n ~ ' - ' ~ p ~ ' [)]', '<PT:\\2:\\3>'],
        [p ~ '(?: vested)?(?: [:=-]| [(])* ' ~ y, '<PT:\\2:\\1>'], ['\\bvested' ~ at ~ y, '<PT:\\1:100>'],
    ] -%}
    {%- set names = [
        ['\\b' ~ n ~ 'y?(?: -)? (?:-|to|through|thru) ' ~ y ~ '(?: (?:qaca|statutory|vested))* graded', '<GRADED:\\1-\\2>'], ['\\b' ~ n ~ ' (?:-|to|through|thru) ' ~ n ~ ' (?:statutory |vested )*graded', '<GRADED:\\1-\\2>'],
        ['\\b' ~ n ~ 'y?(?: [-])?(?: (?:qaca|statutory|vested))* graded', '<GRADED:\\1>'], ['\\b' ~ n ~ 'y?(?: [-])?( qaca)?(?: (?:statutory|vested))* cliff', '<CLIFF:\\1>\\2'],
        ['\\b' ~ y ~ '(?: vested)? ratable|ratable(?: vested)? (?:over|for|in) ' ~ y ~ '|vested ratable over ' ~ y, '<EVEN:\\1\\2\\3>'],
        ['\\bgraded(?: vested)?(?: [:,=-]| [(]| from| over| between| year)* ' ~ n ~ '(?:y)? (?:-|to|through|thru|and) ' ~ n ~ 'y?( [),;:]|$| <| vested| year)', '<GRADED:\\1-\\2>\\3'],
        ['\\bgraded(?: vested)?(?: [:,=-]| [(]| over| in| for| after| at)* ' ~ y, '<GRADED:\\1>'], ['\\bgraded(?: vested)?(?: [:,=-])? ' ~ n ~ '( [),;:]|$| <| vested)', '<GRADED:\\1>\\2'],
        ['\\bcliff(?: vested)?(?: [:,=-]| [(]| over| in| for| after| at| of| end| work| upon)* ' ~ y, '<CLIFF:\\1>'], ['\\bcliff(?: vested)?(?: [:,=-])? ' ~ n ~ '( [),;:]|$| <| vested)', '<CLIFF:\\1>\\2'],
        ['\\b100%(?: vested)?(?: at)? (<CLIFF:[0-9]+>)', '\\1'], ['(<CLIFF:[0-9]+>) [(] 100%(?: vested)? [)]', '\\1'],
        ['\\b(?:vested )?in ([2-9]|10) ratable', '<EVEN:\\1>'], ['\\bstatutory\\b', '<STATUTORY>'], ['\\b(?:under |for |per )?qaca\\b', '<QACA>'], ['(<QACA>(?: [:,-])?) ' ~ y, '\\1 <YEARS:\\2>'], ['\\b' ~ y ~ ' <QACA>', '<QACA> <YEARS:\\1>'],
        ['\\b100% [(] immediate [)]|\\bimmediate [(] 100%(?: vested)? [)]', 'immediate'],
        [sure ~ 'immediate(?: (?:and )?(?:100%|vested))*(?: (?:upon|on|at|from|effective) (?:hire|entry|enrollment|participation|eligibility))?', '<IMMEDIATE>'],
        ['<IMMEDIATE> at all times', '<IMMEDIATE>'], ['\\b100%(?: vested)?(?: at all times| day 1| (?:(?:upon|on|at|from|effective)(?: date of| day of)?) (?:hire|entry|enrollment|participation|eligibility|day 1|day one))', '<IMMEDIATE>'],
        ['\\balways 100%(?: vested)?', '<IMMEDIATE>'], ['\\b100% vested(?: always)?', '<IMMEDIATE>'], ['^100%$', '<IMMEDIATE>'], ['<IMMEDIATE>(?: [,;-])? 100%( [,;)]|$)', '<IMMEDIATE>\\1'],
        ['(<GRADED:[0-9]>) [(] ' ~ n ~ ' - ' ~ n ~ ' [)]', '\\1 <GRADED:\\2-\\3>'],
        ['(?:(?:vested|uses?|using|follows?|subject) )*(?:under|on|subject to|uses?|using|follows?|per|according to|based on|in accordance with|at) (<(?:CLIFF|GRADED|EVEN|RATE|PT))', '\\1'],
        ['<RATE:([^>]*)>(?: [,;])?(?: and| until| up to| to)+ <IMMEDIATE>', '<RATE:\\1>'],
        ['(>(?: ,)?) (?:until|and|then|to|up to|over|with|in) (<)', '\\1 \\2'], ['(>(?: ,)?) (?:until|and|then|to|up to|over|with|in) (<)', '\\1 \\2'],
        ['\\bcliff\\b', '<CLIFF>'], ['\\bgraded\\b|\\bratable\\b', '<GRADED>'], ['(^|[ (])' ~ n ~ 'y( |$)', '\\1<YEARS:\\2>\\3'],
    ] -%}
    {{ rewritten(terms, words + money + notes + figures + names) }}
{%- endmacro %}
