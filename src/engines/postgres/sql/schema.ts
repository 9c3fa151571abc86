/**
 * The schema that the lab creates in the database of a leader. People write to `kv`: one row for each key,
 * with the operation that wrote it. `lab.ops` is replicated beside it, one row for each operation, in the
 * same transactions: a leader has an operation if and only if it has that row, so version vectors and logs
 * are what the servers really hold. All other tables and columns stay local to a server.
 *
 * Triggers with `enable always` also run where rows arrive by replication. They maintain the version vector,
 * remember which operation deleted a key, and notify the lab; nothing that they do changes what PostgreSQL
 * decides.
 */
import type {Sql} from './sql.ts';

export const SCHEMA = /* sql */ `
create schema lab;

create table public.kv (k text primary key, v text not null, origin text not null, seq bigint not null);

create sequence lab.arrivals;
create table lab.ops (
  origin text,
  seq bigint,
  -- What its origin had applied when it accepted the operation, and its hybrid clock.
  after json not null,
  hlc_ms bigint not null,
  hlc_n bigint not null,
  -- For each write: its key, the intent, whether it deletes the row, its generation, and what it saw.
  keys text[] not null,
  changes text[] not null,
  gone boolean[] not null,
  generations bigint[] not null,
  saw text[] not null,
  arrival bigint not null default nextval('lab.arrivals'),
  arrived_at timestamptz not null default clock_timestamp(),
  primary key (origin, seq)
);

-- What is applied here, by origin, with the hybrid clock of the last operation.
create table lab.applied (
  origin text primary key,
  seq bigint not null,
  hlc_ms bigint not null default 0,
  hlc_n bigint not null default 0
);

-- For each key: the operation that last deleted it. A writer of the key locks its row here first.
create table lab.keys (k text primary key, del_origin text, del_seq bigint);

-- Operations that were skipped here.
create table lab.skipped (origin text, seq bigint, primary key (origin, seq));

create function lab.note_op() returns trigger language plpgsql as $$
begin
  insert into lab.applied as a values (new.origin, new.seq, new.hlc_ms, new.hlc_n)
    on conflict (origin) do update
    set seq = greatest(a.seq, excluded.seq), hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n
    where excluded.seq > a.seq;
  insert into lab.keys as l
    select k, case when is_gone then new.origin end, case when is_gone then new.seq end
    from unnest(new.keys, new.gone) as w(k, is_gone)
    on conflict (k) do update set
      del_origin = coalesce(excluded.del_origin, l.del_origin),
      del_seq = coalesce(excluded.del_seq, l.del_seq);
  perform pg_notify('lab', 'op');
  return null;
end $$;

create trigger note_op after insert on lab.ops for each row execute function lab.note_op();
alter table lab.ops enable always trigger note_op;

-- An operation arrived that was here already: its row is written once more.
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

create trigger note_row after insert or update or delete on public.kv
  for each row execute function lab.note_row();
alter table public.kv enable always trigger note_row;

-- The loop guard: an operation that is here already changes nothing. It is enabled where a sender forwards,
-- because such a sender would send a leader its own operations. lab.ops comes first in each transaction, so
-- the guard knows before the rows of kv arrive.
create function lab.guard_op() returns trigger language plpgsql as $$
begin
  if exists (select from lab.ops where origin = new.origin and seq = new.seq) then
    perform
      set_config('lab.is_echo', 'yes', true),
      pg_notify('lab', 'kept ' || new.origin || ':' || new.seq);
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
create trigger guard_row before insert or update or delete on public.kv
  for each row execute function lab.guard_row();
alter table lab.ops disable trigger guard_op;
alter table public.kv disable trigger guard_row;

-- Skips an operation: it counts as applied, and its writes are not here.
create function lab.skip(of_origin text, of_seq bigint) returns void language sql as $$
  insert into lab.skipped values (of_origin, of_seq) on conflict do nothing;
  insert into lab.applied as a values (of_origin, of_seq)
    on conflict (origin) do update set seq = greatest(a.seq, excluded.seq);
  select pg_notify('lab', 'op');
$$;

-- Locks these rows for the calling transaction, and returns them. Keys come sorted; see lab.accept for the
-- order of locks.
create function lab.hold(asked_keys text[]) returns table (k text, v text) language plpgsql as $$
begin
  for n in 1 .. cardinality(asked_keys) loop
    insert into lab.keys as l values (asked_keys[n])
      on conflict on constraint keys_pkey do update set del_seq = l.del_seq;
    return query select r.k, r.v from public.kv r where r.k = asked_keys[n] for update;
  end loop;
end $$;

-- Accepts an operation: locks the rows that it writes, reads what they hold, and writes. It locks in the
-- same order as replication, lab.keys before kv, with sorted keys: otherwise the two would wait for each
-- other. For each write it gets the key, the intent, and the whole new value, which is null for a deletion.
-- All are texts, because a value may hold what PostgreSQL's json type refuses.
create function lab.accept(me text, asked_keys text[], asked text[], effects text[])
returns bigint language plpgsql as $$
declare
  seen_origin text;
  seen_seq bigint;
  before bigint;
  gone_origin text;
  gone_seq bigint;
  is_there boolean[] := '{}';
  generations bigint[] := '{}';
  saw text[] := '{}';
  now_ms bigint;
  top_ms bigint;
  top_n bigint;
  mine bigint;
  v_after json;
begin
  for n in 1 .. cardinality(asked_keys) loop
    insert into lab.keys as l values (asked_keys[n]) on conflict (k) do update set del_seq = l.del_seq
      returning l.del_origin, l.del_seq into gone_origin, gone_seq;
    select origin, seq into seen_origin, seen_seq from public.kv where k = asked_keys[n] for update;
    is_there := is_there || found;
    if not is_there[n] then
      seen_origin := gone_origin;
      seen_seq := gone_seq;
    end if;
    -- A write edits what it sees, so it is one generation later.
    select o.generations[array_position(o.keys, asked_keys[n])] into before
      from lab.ops o where o.origin = seen_origin and o.seq = seen_seq;
    generations := generations || coalesce(before, 0) + 1;
    saw := saw || case when seen_origin is null then '[]'
      else json_build_array(json_build_object('origin', seen_origin, 'seq', seen_seq))::text end;
  end loop;
  insert into lab.applied values (me, 0) on conflict do nothing;
  perform 1 from lab.applied where origin = me for update;
  select coalesce(json_object_agg(origin, seq) filter (where seq > 0), '{}') into v_after from lab.applied;
  select seq + 1 into mine from lab.applied where origin = me;
  now_ms := floor(extract(epoch from clock_timestamp()) * 1000);
  select hlc_ms, hlc_n into top_ms, top_n from lab.applied order by hlc_ms desc, hlc_n desc limit 1;
  insert into lab.ops (origin, seq, after, hlc_ms, hlc_n, keys, changes, gone, generations, saw) values (
    me, mine, v_after, greatest(now_ms, top_ms), case when top_ms >= now_ms then top_n + 1 else 0 end,
    asked_keys, asked,
    (select array_agg(e is null order by at) from unnest(effects) with ordinality as w(e, at)),
    generations, saw
  );
  for n in 1 .. cardinality(asked_keys) loop
    if effects[n] is null then
      delete from public.kv where k = asked_keys[n];
    elsif is_there[n] then
      update public.kv set v = effects[n], origin = me, seq = mine where k = asked_keys[n];
    else
      insert into public.kv values (asked_keys[n], effects[n], me, mine);
    end if;
  end loop;
  return mine;
end $$;
`;

/** Enables or disables the loop guard of a leader: whether it ignores operations that come back to it. */
export async function setGuard(isOn: boolean, sql: Sql): Promise<void> {
  const verb = isOn ? 'enable always' : 'disable';
  await sql.query(`alter table lab.ops ${verb} trigger guard_op`);
  await sql.query(`alter table public.kv ${verb} trigger guard_row`);
}

/** The replicated tables, each with its replicated columns. */
export const REPLICATED = [
  {table: 'public.kv', columns: ['k', 'v', 'origin', 'seq']},
  {
    table: 'lab.ops',
    columns: ['origin', 'seq', 'after', 'hlc_ms', 'hlc_n', 'keys', 'changes', 'gone', 'generations', 'saw'],
  },
] as const;
