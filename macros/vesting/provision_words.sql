{#- Lexed text in the words of the two provisions about time and service (vesting, eligibility): every spelling replaced by
    its term, number words by `#n`, words that settle nothing wherever they stand dropped. The vocabulary of the formula
    parsers is too coarse here: it merges `upon` with `immediate` and `hire` with `union`, and drops `employer` and `own`.
    A word that is not listed stays as it is, so that no grammar can pass over it. -#}
{% macro provision_words(lexed_text) -%}
    {%- set symbols = [
        ['<=', 'atmost'], ['>=', 'atleast'], ['<', 'lt'], ['>', 'gt'], ['&', 'and'], ['@', 'at'],
        ['(?:%|pct|pcts)( [)])? (?:a|an) (years?|yrs?)\\b', '%\\1 per \\2'], ['\\bmay ([0-9])', 'm5 \\1'],
    ] -%}
    {%- set spellings = [
        ['0', 'zero'], ['', 'the|a|an|there|is|are|be|been|being|will|shall|would|become|becomes|becoming|you|they|that|which|who|schedules?|also|has|have|having|please'],
        ['atmost', 'at most|no more than|not more than|not to exceed|up to|upto'],
        ['atleast', 'at least|no less than|not less than|no fewer than|minimum of|minimum|min|least'],
        ['lt', 'fewer than|less than|lesser than|below'], ['gt', 'more than|greater than|over and above'],
        ['year of service', 'yos'], ['year', 'years?|yrs?|yoe'], ['month', 'months?|mos?|mths?|mnths?'], ['day', 'days?'],
        ['week', 'weeks?|wks?'], ['hour', 'hours?|hrs?'], ['%', 'percent|pct|percents|pcts|percentage'], ['annual', 'annual|annually|yearly|annum|p a'],
        ['service', 'service|svc|serv|employment|tenure|seniority'], ['employed', 'actively employed|employed|active'],
        ['vested', 'vest|vests|vested|vesting|nonforfeitable|non forfeitable'], ['vested', 'vested at rate of'], ['full', 'full|fully'],
        ['immediate', 'immediate|immediately|immed|instant|instantly'], ['graded', 'graded|graduated|gradual|gradually|grading|graduating'],
        ['ratable', 'ratable|ratably|rateable|rateably|pro rata|prorata|straight line|equal (?:annual )?(?:installments|increments|steps)'],
        ['pension', 'pension|pensions|db|defined benefit|cash balance'],
        ['employer', 'employer|employers|er|ers|co|company|companys|firm|institution|organization|university|sponsor'],
        ['employee', 'employee|employees|ee|ees|participants?|associates?|workers?|members?|individuals?|persons?'],
        ['contribution', 'contributions?|contribs?|contr|money|monies|account balances?|accounts?'],
        ['match', 'match|matches|matched|matching|mtch'], ['core', 'core|nonelective|nonelectives|nec|necs|profit sharing|profit share|profitsharing|ps|psc'],
        ['deferral', '(?:elective |salary |pre tax |pretax |roth )*(?:deferrals?|defer|defers|deferring|defs?)|(?:elective|pretax|pre tax|roth|salary reduction) contribution|salary reduction'],
        ['safeharbor', 'safe harbor|safe harbour|sh'], ['age', 'age|ages|aged'],
        ['event', '(?:(?:normal|early|late|total|permanent|permanently|totally) (?:and )?)*(?:death|die|dies|dying|disability|disabilities|disabled|disablement|retirement|retire|retires|retiring|nra|plan termination)(?: date| age)?(?: (?:of )?[0-9]{2}\\b)?'],
        ['work', 'complete|completes|completed|completing|completion|attain|attains|attained|attaining|attainment|reach|reaches|reached|reaching|earn|earns|earned|works?|worked|working|meets|meet|meeting'],
        ['each', 'each|every'], ['until', 'until|till|til'],
        ['required', 'must|required|require|requires|requirements?|need|needs|needed|req|reqd'], ['apply', 'apply|applies|applied|applicable'],
        ['hire', '(?:original )?dates? of (?:hire|service)|first day of (?:hire|service|work)|hire date|service date|doh|start date'],
        ['document', '(?:adoption agreement|summary plan description|plan documents?|plan docs?|documents?|docs?|spd|plan agreement)(?: for (?:more )?(?:details?|information))?'],
        ['effective', 'effective|eff|as of|since|as amended|amended|restated'], ['starting', 'starting|starts|start|beginning|begins|begin|commencing|commences'],
        ['none', 'na|nil|none'], ['2th', 'second'], ['3th year', 'third year'], ['6th', 'sixth'], ['7th', 'seventh'],
        ['m1', 'january|jan'], ['m2', 'february|feb'], ['m3', 'march|mar'], ['m4', 'april|apr'], ['m6', 'june|jun'], ['m7', 'july|jul'],
        ['m8', 'august|aug'], ['m9', 'september|sept?'], ['m10', 'october|oct'], ['m11', 'november|nov'], ['m12', 'december|dec'],
    ] -%}
    {%- set units = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen',
        'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'] -%}
    {%- set tens = ['twenty', 'thirty', 'fou?rty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'] -%}
    {%- set compounds = [
        ['#([2-9])0 #([1-9])\\b', '#\\1\\2'], ['(?:#1 )?\\bhundred\\b', '#100'], ['#([2-9]) #100\\b', '#\\100'],
        ['#([1-9])00 (?:and )?#([1-9][0-9])\\b', '#\\1\\2'], ['#([1-9]) thousand\\b', '#\\1000'], ['\\b([1-9]) , 000\\b', '\\1000'],
    ] -%}
    {%- set ns = namespace(rules=symbols) -%}
    {%- for term, spelling in spellings -%}{%- set ns.rules = ns.rules + [['\\b(?:' ~ spelling ~ ')\\b', term]] + ([[' +', ' ']] if term == '' else []) -%}{%- endfor -%}
    {%- for word in units -%}{%- set ns.rules = ns.rules + [['\\b' ~ word ~ '\\b', '#' ~ loop.index]] -%}{%- endfor -%}
    {%- for word in tens -%}{%- set ns.rules = ns.rules + [['\\b' ~ word ~ '\\b', '#' ~ (loop.index + 1) ~ '0']] -%}{%- endfor -%}
    trim({{ rewritten(unglued(lexed_text), ns.rules + compounds) }})
{%- endmacro %}
