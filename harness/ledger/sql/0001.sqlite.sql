create trigger delivery_first_state after insert on delivery
when not exists (select 1 from legal_move where from_state = 'new' and to_state = new.state)
begin select raise(abort, 'illegal_move: a delivery cannot begin in this state'); end;

create trigger delivery_next_state before update on delivery
when not exists (select 1 from legal_move where from_state = old.state and to_state = new.state)
begin select raise(abort, 'illegal_move: not a row of legal_move'); end;

create trigger gate_pass_needs_gates before insert on gate_pass
when not exists (select 1 from gate_result where run_id = new.run_id)
begin select raise(abort, 'gate_not_passed: no gate of this run was recorded'); end;

create trigger gate_pass_needs_success before insert on gate_pass
when exists (select 1 from gate_result where run_id = new.run_id and severity = 'block' and is_passed = 0)
begin select raise(abort, 'gate_not_passed: a blocking gate of this run failed'); end;

create trigger gate_result_before_pass before insert on gate_result
when exists (select 1 from gate_pass where run_id = new.run_id)
begin select raise(abort, 'gate_not_passed: the gates of this run are closed'); end;

create trigger gate_result_stays before update on gate_result
begin select raise(abort, 'append_only: a gate result never changes'); end;

create trigger gate_pass_stays before update on gate_pass
begin select raise(abort, 'append_only: a passed gate never changes'); end;

create trigger event_stays before update on event
begin select raise(abort, 'append_only: an event never changes'); end;

create trigger event_is_kept before delete on event
begin select raise(abort, 'append_only: an event is never deleted'); end;
