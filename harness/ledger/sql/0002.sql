-- What was delivered where is asked by the kind of event, at every start: without this, of all events that there ever were.
create index event_by_kind on event (kind, seq);
