create function check_move() returns trigger language plpgsql as $$
declare before_state text := case when tg_op = 'INSERT' then 'new' else old.state end;
begin
    if not exists (select 1 from legal_move where from_state = before_state and to_state = new.state) then
        raise exception 'illegal_move: % -> % is not a row of legal_move', before_state, new.state;
    end if;
    return new;
end $$;
create trigger delivery_state before insert or update on delivery
for each row execute function check_move();

create function check_gate_pass() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from gate_result where run_id = new.run_id) then
        raise exception 'gate_not_passed: no gate of this run was recorded';
    end if;
    if exists (select 1 from gate_result where run_id = new.run_id and severity = 'block' and is_passed = 0) then
        raise exception 'gate_not_passed: a blocking gate of this run failed';
    end if;
    return new;
end $$;
create trigger gate_pass_needs_gates before insert on gate_pass
for each row execute function check_gate_pass();

create function check_gate_result() returns trigger language plpgsql as $$
begin
    if exists (select 1 from gate_pass where run_id = new.run_id) then
        raise exception 'gate_not_passed: the gates of this run are closed';
    end if;
    return new;
end $$;
create trigger gate_result_before_pass before insert on gate_result
for each row execute function check_gate_result();

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'append_only: rows of % never change', tg_table_name;
end $$;
create trigger gate_result_stays before update on gate_result
for each row execute function refuse_change();
create trigger gate_pass_stays before update on gate_pass
for each row execute function refuse_change();
create trigger event_stays before update or delete on event
for each row execute function refuse_change();
