{#- Lexed text in which words typed without blanks (`yearcliff`, `ofthemonth`) stand apart. A token is taken apart only if the
    listed words cover it whole; a word that only looks like two of them (`within`, `upon`) is listed itself. -#}
{% macro unglued(lexed_text) -%}
    {%- set words = 'years year yrs yr yos months month mos days day hours hour hrs hr weeks week cliff graded vesting vested vest schedule immediately immediate immed'
        ~ ' fully full after upon following first quarterly quarter monthly semiannual of the until then and per each every percent employer employees employee matching match'
        ~ ' core nonelective profit sharing elective deferrals deferral contributions contribution service employment hire date dates age qaca safe harbor for in at on or to from over all with'
        ~ ' completion completed complete attainment attained one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen'
        ~ ' eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred time part waiting wait period entry last eligibility eligible plan annually annual'
        ~ ' statutory required must no not without within upto into today anyone everyone none unto onto another therefore therein thereof thereto forall' -%}
    {%- set ns = namespace(longest_first=[]) -%}
    {%- for length in range(15, 1, -1) -%}
        {%- for word in words.split(' ') if word | length == length -%}{%- set ns.longest_first = ns.longest_first + [word] -%}{%- endfor -%}
    {%- endfor -%}
    {%- set word = ns.longest_first | join('|') -%}
    array_to_string(list_transform(string_split({{ lexed_text }}, ' '), lambda token:
        case when regexp_full_match(token, '(?:{{ word }}){2,}') then array_to_string(regexp_extract_all(token, '{{ word }}'), ' ') else token end), ' ')
{%- endmacro %}
