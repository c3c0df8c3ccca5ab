-- How a figure of dim_feature is written for people: by its unit, at most two decimals, none that are zero.
create or replace temp macro plain(x) as rtrim(rtrim(format('{:.2f}', x), '0'), '.');

create or replace temp macro figure(x, unit) as case
    when x is null then null
    when unit in ('fraction_of_pay', 'share') then plain(round(x * 100, 2)) || '%'
    when unit = 'months' then plain(round(x, 2)) || ' mo'
    when unit = 'years' then plain(round(x, 2)) || ' y'
    when unit = 'yes_no' then if(x = 1, 'yes', 'no')
    else plain(x)
end;

create or replace temp macro percent(x) as plain(round(x * 100, 2)) || '%';

-- 0.0304 is +3.04 points
create or replace temp macro points(x) as if(x > 0, '+', '') || plain(round(x * 100, 2));

create or replace temp macro ordinal(x) as cast(x as varchar) || case
    when x % 100 in (11, 12, 13) then 'th'
    when x % 10 = 1 then 'st'
    when x % 10 = 2 then 'nd'
    when x % 10 = 3 then 'rd'
    else 'th'
end;

create or replace temp macro range_text(low, high, behind) as case
    when low is null or high is null then null
    when low = high then low || behind
    else low || ' to ' || high || behind
end;
