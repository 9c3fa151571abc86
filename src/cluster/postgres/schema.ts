/**
 * What the lab makes in the database of a leader. `kv` is what people write to: one row per key, with the operation that wrote it.
 * `lab.ops` is replicated beside it, one row per operation, in the same transactions: a leader has an operation iff it has its row, so
 * version vectors and logs are what the servers really hold. All other tables and columns are each server's own.
 *
 * Triggers that are `enable always` run where rows arrive by replication, too. They keep the version vector, remember who deleted what,
 * and wake the lab; nothing that they do changes what PostgreSQL decides.
 */
export const SCHEMA = /* sql */ `
create schema lab;

create table public.kv (k text primary key, v text not null, origin text not null, seq bigint not null);

create sequence lab.arrivals;
create table lab.ops (
  origin text,
  seq bigint,
  op json not null,
  arrival bigint not null default nextval('lab.arrivals'),
  arrived_at timestamptz not null default clock_timestamp(),
  primary key (origin, seq)
);

-- What was applied here, by origin, and the latest hybrid clock among it.
create table lab.applied (origin text primary key, seq bigint not null, hlc_ms bigint not null default 0, hlc_n bigint not null default 0);

-- Of each key: how often it was written one after the other, and who last deleted it.
create table lab.keys (k text primary key, generation bigint not null default 0, del_origin text, del_seq bigint);

-- Operations given up here by skip.
create table lab.skipped (origin text, seq bigint, primary key (origin, seq));

create function lab.note_op() returns trigger language plpgsql as $$
declare
  write json;
begin
  insert into lab.applied as a values (new.origin, new.seq, (new.op->'hlc'->>'wallMs')::bigint, (new.op->'hlc'->>'logical')::bigint)
    on conflict (origin) do update
    set seq = greatest(a.seq, excluded.seq), hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n where excluded.seq > a.seq;
  for write in select value from json_array_elements(new.op->'writes') loop
    insert into lab.keys as l values (
        write->>'key', (write->>'generation')::bigint,
        case when write->>'type' = 'del' then new.origin end, case when write->>'type' = 'del' then new.seq end
      )
      on conflict (k) do update set
        generation = greatest(l.generation, excluded.generation),
        del_origin = coalesce(excluded.del_origin, l.del_origin), del_seq = coalesce(excluded.del_seq, l.del_seq);
  end loop;
  perform pg_notify('lab', 'op');
  return null;
end $$;

create trigger note_op after insert on lab.ops for each row execute function lab.note_op();
alter table lab.ops enable always trigger note_op;

-- The row of an operation that was here already came once more.
create function lab.note_echo() returns trigger language plpgsql as $$
begin
  perform pg_notify('lab', 'echo ' || new.origin || ':' || new.seq);
  return null;
end $$;

create trigger note_echo after update on lab.ops for each row execute function lab.note_echo();
alter table lab.ops enable always trigger note_echo;

create function lab.note_row() returns trigger language plpgsql as $$
begin
  perform pg_notify('lab', 'row ' || coalesce(new.k, old.k));
  return null;
end $$;

create trigger note_row after insert or update or delete on public.kv for each row execute function lab.note_row();
alter table public.kv enable always trigger note_row;

-- A guard against what comes back: an operation that is here already changes nothing. It is off unless a hub sends on what it received
-- and cannot leave out what the receiver wrote. lab.ops comes first in each transaction, so it knows before the rows come.
create function lab.guard_op() returns trigger language plpgsql as $$
begin
  if exists (select from lab.ops where origin = new.origin and seq = new.seq) then
    perform set_config('lab.is_echo', 'yes', true), pg_notify('lab', 'kept ' || new.origin || ':' || new.seq);
    return null;
  end if;
  perform set_config('lab.is_echo', '', true);
  return new;
end $$;

create function lab.guard_row() returns trigger language plpgsql as $$
begin
  if current_setting('lab.is_echo', true) = 'yes' then
    return null;
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

create trigger guard_op before insert on lab.ops for each row execute function lab.guard_op();
create trigger guard_row before insert or update or delete on public.kv for each row execute function lab.guard_row();
alter table lab.ops disable trigger guard_op;
alter table public.kv disable trigger guard_row;

-- Gives an operation up: its place is taken, and nothing of it is here.
create function lab.skip(of_origin text, of_seq bigint) returns void language sql as $$
  insert into lab.skipped values (of_origin, of_seq) on conflict do nothing;
  insert into lab.applied as a values (of_origin, of_seq) on conflict (origin) do update set seq = greatest(a.seq, excluded.seq);
  select pg_notify('lab', 'op');
$$;

-- Accepts an operation: keeps the rows that it writes to itself, sees what they hold, and writes. Each write is a KeyWrite less what only
-- the server knows; 'effect' is the text of the whole new value, absent where the row goes.
create function lab.accept(me text, asked json) returns bigint language plpgsql as $$
declare
  write json;
  found_origin text;
  found_seq bigint;
  old_generation bigint;
  writes text[] := '{}';
  after json;
  now_ms bigint;
  top_ms bigint;
  top_n bigint;
  mine bigint;
  is_there boolean[] := '{}';
  nth int := 0;
begin
  for write in select value from json_array_elements(asked) loop
    select origin, seq into found_origin, found_seq from public.kv where k = write->'change'->>'key' for update;
    is_there := is_there || found;
    if not found then
      select del_origin, del_seq into found_origin, found_seq from lab.keys where k = write->'change'->>'key';
    end if;
    select generation into old_generation from lab.keys where k = write->'change'->>'key';
    writes := writes || (
      left(rtrim(write->>'change'), -1) || ',"generation":' || coalesce(old_generation, 0) + 1 || ',"saw":'
      || case when found_origin is null then '[]' else json_build_array(json_build_object('origin', found_origin, 'seq', found_seq))::text end
      || '}'
    );
  end loop;
  insert into lab.applied values (me, 0) on conflict do nothing;
  perform 1 from lab.applied where origin = me for update;
  select coalesce(json_object_agg(origin, seq) filter (where seq > 0), '{}') into after from lab.applied;
  select seq + 1 into mine from lab.applied where origin = me;
  now_ms := floor(extract(epoch from clock_timestamp()) * 1000);
  select hlc_ms, hlc_n into top_ms, top_n from lab.applied order by hlc_ms desc, hlc_n desc limit 1;
  insert into lab.ops (origin, seq, op) values (me, mine, (
    '{"after":' || after || ',"hlc":{"wallMs":' || greatest(now_ms, top_ms)
    || ',"logical":' || case when top_ms >= now_ms then top_n + 1 else 0 end || '},"writes":[' || array_to_string(writes, ',') || ']}'
  )::json);
  for write in select value from json_array_elements(asked) loop
    nth := nth + 1;
    if write->'effect' is null then
      delete from public.kv where k = write->'change'->>'key';
    elsif is_there[nth] then
      update public.kv set v = write->>'effect', origin = me, seq = mine where k = write->'change'->>'key';
    else
      insert into public.kv values (write->'change'->>'key', write->>'effect', me, mine);
    end if;
  end loop;
  return mine;
end $$;
`;

/** The tables that are replicated, with the columns that are. */
export const REPLICATED = [
  {table: 'public.kv', columns: ['k', 'v', 'origin', 'seq']},
  {table: 'lab.ops', columns: ['origin', 'seq', 'op']},
] as const;
