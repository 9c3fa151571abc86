/**
 * Reads a snapshot of a leader's database: the operations that arrived since the last one, and the rows that
 * may have changed, all at one instant.
 */
import {fail, type Result, succeed} from '../../../base/failure.ts';
import type {Key, LeaderId} from '../../../base/ids.ts';
import type {Op} from '../../../core/log/op.ts';
import {covers, type Dot, origins, seqOf, type VersionVector} from '../../../core/log/version-vector.ts';
import {type FoundOperation, foundSchema, parseJson} from '../sql/parse-rows.ts';
import type {SqlConnection} from '../sql/sql.ts';
import type {Found, FoundOp} from './replica-state.ts';
import type {ObservedRow} from './table-resolver.ts';

/** The most operations of one snapshot. */
const LIMIT = 2000;
const LIMIT_MS = 5000;

/**
 * A server dates a replicated operation by its commit at the origin, so all servers give it the same time. A
 * skipped operation has no row in `lab.ops`, but keeps its place in the order of its origin.
 */
const SNAPSHOT = `
with have as (select * from unnest($1::text[], $2::bigint[]) as h(origin, seq)),
fresh as (
  select o.*, o.xmin::text::bigint as xid, pg_xact_commit_timestamp(o.xmin) as committed
  from have h join lab.ops o on o.origin = h.origin and o.seq > h.seq
  order by o.arrival limit ${LIMIT}
),
skipped as (select s.origin, s.seq from have h join lab.skipped s on s.origin = h.origin and s.seq > h.seq),
touched as (select unnest(keys) as k from fresh union select unnest($3::text[]))
select
  (select json_agg(json_build_object(
    'origin', origin, 'seq', seq, 'after', after,
    'hlc', json_build_object('wallMs', hlc_ms, 'logical', hlc_n),
    'changes', changes, 'generations', generations, 'saw', saw, 'xid', xid,
    'committed', extract(epoch from committed) * 1000, 'arrived', extract(epoch from arrived_at) * 1000
  ) order by arrival) from fresh) as ops,
  (select json_agg(json_build_object('origin', origin, 'seq', seq)) from skipped) as skipped,
  (select coalesce(json_object_agg(origin, seq) filter (where seq > 0), '{}') from lab.applied) as applied,
  (select json_agg(json_build_object('k', t.k, 'v', kv.v, 'origin', kv.origin, 'seq', kv.seq))
    from touched t left join public.kv on kv.k = t.k) as rows`;

export interface Snapshot {
  readonly found: Found;
  /** When each operation arrived, by the server's clock. */
  readonly arrivedMs: ReadonlyMap<Op, number>;
  /** The dot of each operation, by the transaction of this server that brought it. */
  readonly xids: ReadonlyMap<number, Dot>;
  /** True if there may be more operations than these. */
  readonly isFull: boolean;
}

export interface SnapshotRequest {
  readonly members: readonly LeaderId[];
  /** The operations that the lab has read already. */
  readonly have: VersionVector;
  /** Keys whose rows to read, besides those that new operations write. */
  readonly touched: readonly Key[];
  hopsFrom(origin: LeaderId): number;
  /** An operation that this server skipped, from a leader that has it. */
  operation(dot: Dot): Op | undefined;
}

/** Reads what is new in the database. Fails with `damaged` if its tables contradict themselves. */
export async function readSnapshot(
  connection: Pick<SqlConnection, 'ask'>,
  request: SnapshotRequest,
): Promise<Result<Snapshot>> {
  const {members, have, touched} = request;
  const known = [...new Set([...members, ...origins(have)])];
  const values = [known, known.map(origin => seqOf(have, origin)), touched];
  const answer = await connection.ask(SNAPSHOT, values, LIMIT_MS);
  if (!answer.ok) return answer;
  const parsed = foundSchema.safeParse(answer.value[0]);
  const snapshot = parsed.success ? assemble(parsed.data, request) : undefined;
  return snapshot !== undefined && isConsistent(snapshot.found)
    ? succeed(snapshot)
    : fail('damaged', 'the tables of the lab hold data that the lab did not write');
}

/** A person can change the tables with any client of the server. */
const isConsistent = ({ops, applied}: Found): boolean =>
  ops.every(({op: {dot, after}}) => covers(applied, dot) && !covers(after, dot));

type FoundAll = ReturnType<typeof foundSchema.parse>;

function assemble({ops, skipped, rows, applied}: FoundAll, request: SnapshotRequest): Snapshot {
  const arrivedMs = new Map<Op, number>();
  const xids = new Map((ops ?? []).map(({xid, origin, seq}) => [xid, {origin, seq}] as const));
  const inOrder: FoundOp[] = [];
  const next = new Map<LeaderId, number>();
  const add = (op: Op, atMs: number, isSkipped: boolean): void => {
    inOrder.push({op, hops: request.hopsFrom(op.dot.origin), isSkipped});
    arrivedMs.set(op, atMs);
    next.set(op.dot.origin, op.dot.seq + 1);
  };
  const isSkipped = (dot: Dot): boolean =>
    skipped?.some(({origin, seq}) => origin === dot.origin && seq === dot.seq) ?? false;
  /** Adds skipped operations that come before this one of the same origin. */
  const fill = (origin: LeaderId, before: number, atMs: number): void => {
    for (
      let seq = next.get(origin) ?? seqOf(request.have, origin) + 1;
      seq < before && isSkipped({origin, seq});
      seq++
    ) {
      const body = request.operation({origin, seq});
      if (body === undefined) return;
      add(body, atMs, true);
    }
  };
  for (const found of ops ?? []) {
    fill(found.origin, found.seq, found.arrived);
    add(toOp(found), found.arrived, false);
  }
  for (const {origin} of skipped ?? []) fill(origin, Number.POSITIVE_INFINITY, 0);
  const table = new Map((rows ?? []).map(row => [row.k, toRow(row)] as const));
  return {found: {ops: inOrder, rows: table, applied}, arrivedMs, xids, isFull: (ops ?? []).length === LIMIT};
}

const toOp = ({origin, seq, after, hlc, writes, committed, arrived}: FoundOperation): Op => ({
  dot: {origin, seq},
  after,
  hlc,
  writes,
  wallMs: committed ?? arrived,
});

function toRow({
  v,
  origin,
  seq,
}: {
  v: string | null;
  origin: LeaderId | null;
  seq: number | null;
}): ObservedRow {
  const value = v === null ? undefined : parseJson(v);
  return value === undefined || origin === null || seq === null ? undefined : {value, dot: {origin, seq}};
}
