/**
 * What the lab makes in the database of a leader. `kv` is what people write to: one row per key, with the
 * operation that wrote it. `lab.ops` is replicated beside it, one row per operation, in the same
 * transactions: a leader has an operation iff it has its row, so version vectors and logs are what the
 * servers really hold. All other tables and columns are each server's own.
 *
 * Triggers that are `enable always` run where rows arrive by replication, too. They keep the version vector,
 * remember who deleted what, and wake the lab; nothing that they do changes what PostgreSQL decides.
 */
import type {Sql} from './sql.ts';

export const SCHEMA = /* sql */ `
create schema lab;

create table public.kv (k text primary key, v text not null, origin text not null, seq bigint not null);

create sequence lab.arrivals;
create table lab.ops (
  origin text,
  seq bigint,
  -- What had been applied at its origin, and its hybrid clock.
  after json not null,
  hlc_ms bigint not null,
  hlc_n bigint not null,
  -- Of each write: its key, what it asks, whether the row goes, its generation, and what was seen.
  keys text[] not null,
  changes text[] not null,
  gone boolean[] not null,
  generations bigint[] not null,
  saw text[] not null,
  arrival bigint not null default nextval('lab.arrivals'),
  arrived_at timestamptz not null default clock_timestamp(),
  primary key (origin, seq)
);

-- What was applied here, by origin, and the latest hybrid clock among it.
create table lab.applied (origin text primary key, seq bigint not null, hlc_ms bigint not null default 0, hlc_n bigint not null default 0);

-- Of each key: who last deleted it. Whoever writes the key locks its row here first.
create table lab.keys (k text primary key, del_origin text, del_seq bigint);

-- Operations given up here by skip.
create table lab.skipped (origin text, seq bigint, primary key (origin, seq));

create function lab.note_op() returns trigger language plpgsql as $$
begin
  insert into lab.applied as a values (new.origin, new.seq, new.hlc_ms, new.hlc_n)
    on conflict (origin) do update
    set seq = greatest(a.seq, excluded.seq), hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n where excluded.seq > a.seq;
  insert into lab.keys as l
    select k, case when is_gone then new.origin end, case when is_gone then new.seq end
    from unnest(new.keys, new.gone) as w(k, is_gone)
    on conflict (k) do update set
      del_origin = coalesce(excluded.del_origin, l.del_origin), del_seq = coalesce(excluded.del_seq, l.del_seq);
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

-- A guard against what comes back: an operation that is here already changes nothing. It is on where a sender forwards, which would send
-- a writer its own operations. lab.ops comes first in each transaction, so it knows before the rows come.
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

-- Keeps these rows to the transaction that asks, and gives them. Keys come sorted; see lab.accept for the order of locks.
create function lab.hold(asked_keys text[]) returns table (k text, v text) language plpgsql as $$
begin
  for n in 1 .. cardinality(asked_keys) loop
    insert into lab.keys as l values (asked_keys[n]) on conflict on constraint keys_pkey do update set del_seq = l.del_seq;
    return query select r.k, r.v from public.kv r where r.k = asked_keys[n] for update;
  end loop;
end $$;

-- Accepts an operation: keeps the rows that it writes to itself, sees what they hold, and writes. It locks in the order in which what is
-- replicated does, lab.keys before kv, and keys come sorted: else the two would wait for each other. Of each write the key, what it asks, and
-- the whole new value, null where the row goes. All of them are texts: a value may hold what PostgreSQL's json would not take.
create function lab.accept(me text, asked_keys text[], asked text[], effects text[]) returns bigint language plpgsql as $$
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
    -- A write edits what it sees, and is one generation later.
    select o.generations[array_position(o.keys, asked_keys[n])] into before from lab.ops o where o.origin = seen_origin and o.seq = seen_seq;
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
    asked_keys, asked, (select array_agg(e is null order by at) from unnest(effects) with ordinality as w(e, at)), generations, saw
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

/** Lets a leader leave alone what comes back to it, or not. */
export async function setGuard(isOn: boolean, sql: Sql): Promise<void> {
  const verb = isOn ? 'enable always' : 'disable';
  await sql.query(`alter table lab.ops ${verb} trigger guard_op`);
  await sql.query(`alter table public.kv ${verb} trigger guard_row`);
}

/** The tables that are replicated, with the columns that are. */
export const REPLICATED = [
  {table: 'public.kv', columns: ['k', 'v', 'origin', 'seq']},
  {
    table: 'lab.ops',
    columns: ['origin', 'seq', 'after', 'hlc_ms', 'hlc_n', 'keys', 'changes', 'gone', 'generations', 'saw'],
  },
] as const;
