/**
 * Carries out what clients ask of leaders: writes, transactions, concurrent writes, reads, logs, skips.
 */
import {type Failure, fail, type Result, succeed, UNKNOWN_OUTCOMES} from '../../base/failure.ts';
import {globMatcher} from '../../base/glob.ts';
import {type Key, type LeaderId, linkEnds} from '../../base/ids.ts';
import type {ActionOf, Target, TxnAction, WriteAction} from '../../command/action.ts';
import type {AckMode} from '../../core/io/input-effect.ts';
import type {Op} from '../../core/log/op.ts';
import type {Dot, VersionVector} from '../../core/log/version-vector.ts';
import type {Reading} from '../../core/state/reading.ts';
import type {Outcome, WriteReport} from '../../port/cluster.ts';
import type {LogPage} from '../../wire/leader-control.ts';
import type {LeaderClient, RequestOf} from './leader-client.ts';
import type {Links} from './links.ts';
import {checkedLog} from './model/checked-log.ts';
import {
  leavingReason,
  pausedReason,
  SAME_LEADER,
  silentReason,
  targetsOf,
  unconfirmed,
  unknownLeaderReason,
  writesOf,
} from './model/client-answers.ts';
import {answersOutcome, failed, statusOf, writesOutcome} from './model/outcome.ts';

const WRITE_TIMEOUT_MS = 2000;
/**
 * Longer than a leader waits for other leaders to confirm a write: it gives up after 2 s, and says which
 * leaders confirmed it.
 */
const CONFIRMED_WRITE_TIMEOUT_MS = 5000;
const READ_TIMEOUT_MS = 2000;
/** The most operations of one leader that a check reads. */
const LOG_LIMIT = 200_000;

type Errors = {readonly error: string};

export interface ClientsOptions {
  readonly leaders: ReadonlyMap<LeaderId, LeaderClient>;
  readonly links: Links;
  readonly ack: () => AckMode;
  /**
   * True if servers handle two writes at the same instant in a special way: concurrent writes are then issued
   * one after the other, while links are held.
   */
  readonly isOneByOne?: boolean;
  readonly isLeaving: (leader: LeaderId) => boolean;
  /** Called after an operation was acknowledged to a client. */
  acknowledged(dot: Dot, keys: readonly Key[]): void;
}

type LogAction = ActionOf<'log'>;

/** The clients of one cluster. */
export class ClientRequests {
  readonly #options: ClientsOptions;

  constructor(options: ClientsOptions) {
    this.#options = options;
  }

  async write(write: WriteAction | TxnAction, focused: LeaderId): Promise<Outcome> {
    return writesOutcome(
      await Promise.all(this.targets(write.at, focused).map(leader => this.writeAt(leader, write))),
    );
  }

  /**
   * Makes writes that do not see each other: every link from the named leaders is held until all writes are
   * acknowledged. If acknowledgements need other leaders, they cannot pass held links; then the links are
   * released as soon as all writes are accepted.
   */
  async concurrently(writes: readonly (WriteAction | TxnAction)[], focused: LeaderId): Promise<Outcome> {
    const pairs = writes.flatMap(write => this.targets(write.at, focused).map(leader => ({leader, write})));
    const named = new Set(pairs.map(({leader}) => leader));
    if (named.size < pairs.length) {
      return failed(fail(...SAME_LEADER).failure);
    }
    const ids = this.#options.links.all().flatMap(({id}) => (named.has(linkEnds(id).from) ? [id] : []));
    const reports = await this.#options.links.holding(ids, async () => {
      const issued = this.#issueAll(pairs);
      if (this.#options.ack() === 'local') await issued;
      else await Promise.all([...named].map(leader => this.#accepted(leader)));
      return {issued};
    });
    return writesOutcome(await reports.issued);
  }

  async #issueAll(
    pairs: readonly {readonly leader: LeaderId; readonly write: WriteAction | TxnAction}[],
  ): Promise<WriteReport[]> {
    if (!this.#options.isOneByOne)
      return Promise.all(pairs.map(({leader, write}) => this.writeAt(leader, write)));
    const reports: WriteReport[] = [];
    for (const {leader, write} of pairs) reports.push(await this.writeAt(leader, write));
    return reports;
  }

  async read(key: Key, at: Target, focused: LeaderId): Promise<Outcome> {
    const values = await this.#askAll(at, focused, handle =>
      handle.request({type: 'read', key}, READ_TIMEOUT_MS),
    );
    const shown: {[leader: LeaderId]: Reading | ({readonly type: 'error'} & Errors)} = {};
    const applied: {[leader: LeaderId]: VersionVector} = {};
    for (const [leader, value] of entries(values)) {
      shown[leader] = 'error' in value ? {type: 'error', ...value} : value.answer.reading;
      if (!('error' in value)) applied[leader] = value.answer.vv;
    }
    return answersOutcome(
      {type: 'values', key, values: shown, applied},
      entries(values).length,
      errorsIn(values),
    );
  }

  async keys(glob: string, at: Target, focused: LeaderId): Promise<Outcome> {
    const matches = globMatcher(glob);
    const listed = await this.#askAll(at, focused, handle => handle.request({type: 'keys'}, READ_TIMEOUT_MS));
    const keys: {[leader: LeaderId]: readonly Key[] | Errors} = {};
    for (const [leader, value] of entries(listed))
      keys[leader] = 'error' in value ? value : value.answer.keys.filter(matches);
    return answersOutcome({type: 'keys', keys}, entries(listed).length, errorsIn(listed));
  }

  async log(action: LogAction, focused: LeaderId): Promise<Outcome> {
    const logs = await this.#askAll(action.at, focused, client => readLog(client, action));
    const ops: {[leader: LeaderId]: readonly Op[] | Errors} = {};
    const older: {[leader: LeaderId]: number} = {};
    for (const [leader, value] of entries(logs)) {
      ops[leader] = 'error' in value ? value : value.answer.ops;
      if (!('error' in value) && value.answer.older !== undefined) older[leader] = value.answer.older.count;
    }
    return answersOutcome({type: 'log', ops, older}, entries(logs).length, errorsIn(logs));
  }

  async skip(origin: LeaderId | undefined, at: Target, focused: LeaderId): Promise<Outcome> {
    const request: RequestOf<'skip'> = origin === undefined ? {type: 'skip'} : {type: 'skip', origin};
    const skipped = await this.#askAll(at, focused, handle => handle.request(request, READ_TIMEOUT_MS));
    const dots: {[leader: LeaderId]: readonly Dot[] | Errors} = {};
    for (const [leader, value] of entries(skipped))
      dots[leader] = 'error' in value ? value : value.answer.dots;
    return answersOutcome({type: 'skipped', dots}, entries(skipped).length, errorsIn(skipped));
  }

  targets(at: Target, focused: LeaderId): readonly LeaderId[] {
    return targetsOf(at, focused, [...this.#options.leaders.keys()]);
  }

  async writeAt(leader: LeaderId, write: WriteAction | TxnAction): Promise<WriteReport> {
    const handle = this.#options.leaders.get(leader);
    if (handle === undefined) return {leader, status: 'fail', reason: unknownLeaderReason(leader)};
    if (this.#options.isLeaving(leader)) return {leader, status: 'fail', reason: leavingReason(leader)};
    const timeoutMs = this.#options.ack() === 'local' ? WRITE_TIMEOUT_MS : CONFIRMED_WRITE_TIMEOUT_MS;
    const written = await handle.request(requestOf(write), timeoutMs);
    if (!written.ok)
      return {leader, status: statusOf(written.failure), reason: reasonOf(handle, written.failure)};
    const {dot, unconfirmed: late} = written.value;
    // The leader may be a program of the user.
    if (dot.origin !== leader)
      return {leader, status: 'info', reason: `it answered with an operation of ${dot.origin}`};
    if (late) return unconfirmed(leader, dot, late.confirmed, late.needed);
    this.#options.acknowledged(
      dot,
      writesOf(write).map(({key}) => key),
    );
    return {leader, status: 'ok', dot};
  }

  /** Resolves once a leader has accepted all earlier requests: it handles requests in order. */
  async #accepted(leader: LeaderId): Promise<void> {
    await this.#options.leaders.get(leader)?.request({type: 'status'}, WRITE_TIMEOUT_MS);
  }

  /** Asks only leaders that are up; the others count as errors. */
  async #askAll<T>(
    at: Target,
    focused: LeaderId,
    ask: (handle: LeaderClient) => Promise<Result<T>>,
  ): Promise<Answers<T>> {
    const named = this.targets(at, focused).map(id => [id, this.#options.leaders.get(id)] as const);
    const answers = await Promise.all(
      named.map(([, handle]) => (handle?.state.status === 'up' ? ask(handle) : undefined)),
    );
    return Object.fromEntries(named.map(([id, handle], i) => [id, toAnswer(handle, answers[i])]));
  }
}

async function readLog(client: LeaderClient, action: LogAction): Promise<Result<LogPage>> {
  const log = await readPages(client, action);
  const checked = log.ok ? checkedLog(log.value.ops) : log;
  return checked.ok ? log : checked;
}

/** The newest operations, or all of them if the action wants all and there are not too many. */
async function readPages(client: LeaderClient, {key, upTo, isWhole}: LogAction): Promise<Result<LogPage>> {
  const request = {
    type: 'log' as const,
    ...(key === undefined ? {} : {key}),
    ...(upTo === undefined ? {} : {upTo}),
  };
  const newest = await client.request(request, READ_TIMEOUT_MS);
  if (!newest.ok || !isWhole || newest.value.ops.length + (newest.value.older?.count ?? 0) > LOG_LIMIT)
    return newest;
  const pages = [newest.value.ops];
  for (let {older} = newest.value; older !== undefined; ) {
    const page = await client.request({...request, before: older.before}, READ_TIMEOUT_MS);
    if (!page.ok) return page;
    pages.push(page.value.ops);
    older = page.value.older;
  }
  return succeed({ops: pages.reverse().flat()});
}

function requestOf(write: WriteAction | TxnAction): RequestOf<'write'> {
  const guard = write.type === 'write' ? write.guard : undefined;
  return {type: 'write', writes: [...writesOf(write)], ...(guard === undefined ? {} : {guard})};
}

type Answers<T> = {readonly [leader: LeaderId]: {readonly answer: T} | Errors};

function toAnswer<T>(
  handle: LeaderClient | undefined,
  answer: Result<T> | undefined,
): {readonly answer: T} | Errors {
  if (handle === undefined) return {error: 'not in this cluster'};
  if (answer === undefined) return {error: handle.state.status};
  if (answer.ok) return {answer: answer.value};
  return {error: UNKNOWN_OUTCOMES.has(answer.failure.code) ? 'no answer' : answer.failure.message};
}

const entries = <T>(answers: {readonly [leader: LeaderId]: T}): [LeaderId, T][] =>
  Object.entries(answers) as [LeaderId, T][];

const errorsIn = (answers: Answers<unknown>): [LeaderId, string][] =>
  entries(answers).flatMap(([leader, answer]): [LeaderId, string][] =>
    'error' in answer ? [[leader, answer.error]] : [],
  );

function reasonOf(handle: LeaderClient, failure: Failure): string {
  if (failure.code === 'down' && failure.hint !== undefined)
    return `${failure.message}; use: ${failure.hint}`;
  if (!UNKNOWN_OUTCOMES.has(failure.code)) return failure.message;
  if (handle.state.status === 'paused') return pausedReason(handle.id);
  return silentReason(handle.id);
}
