/**
 * What a client asks of leaders: writes, concurrent writes, reads.
 */
import {type Failure, fail, type Result} from '../../base/failure.ts';
import {type Key, type LeaderId, linkEnds} from '../../base/ids.ts';
import type {Target, WriteAction} from '../../command/action.ts';
import type {Op} from '../../core/op.ts';
import type {Reading} from '../../core/reading.ts';
import {UNKNOWN_OUTCOMES} from '../../net/channel.ts';
import {keysSchema, logSchema, readingSchema, writtenSchema} from '../../wire/leader-control.ts';
import {globMatcher} from '../glob.ts';
import {answersOutcome, failed, statusOf, writesOutcome} from '../outcome.ts';
import type {Outcome, WriteReport} from '../port.ts';
import type {LeaderHandle} from './leader-handle.ts';
import type {Links} from './links.ts';

const WRITE_TIMEOUT_MS = 2000;
const READ_TIMEOUT_MS = 2000;

type Errors = {readonly error: string};

export class Clients {
  readonly #leaders: ReadonlyMap<LeaderId, LeaderHandle>;
  readonly #links: Links;

  constructor(leaders: ReadonlyMap<LeaderId, LeaderHandle>, links: Links) {
    this.#leaders = leaders;
    this.#links = links;
  }

  async write({at, key, intent}: WriteAction, focused: LeaderId): Promise<Outcome> {
    return writesOutcome(await Promise.all(this.#targets(at, focused).map(handle => this.#writeAt(handle, key, intent))));
  }

  /** No one sees another's write before all are acknowledged: every link out of the leaders named is held meanwhile. */
  async concurrently(writes: readonly WriteAction[], focused: LeaderId): Promise<Outcome> {
    const pairs = writes.flatMap(write => this.#targets(write.at, focused).map(handle => ({handle, write})));
    const named = new Set(pairs.map(({handle}) => handle.id));
    if (named.size < pairs.length) {
      return failed(
        fail('same-leader', 'two of these writes are at one leader, which orders them itself', 'name a different leader for each').failure,
      );
    }
    const links = this.#links.all().filter(({id}) => named.has(linkEnds(id).from));
    const ids = links.map(({id}) => id);
    return writesOutcome(
      await this.#links.holding(ids, () => Promise.all(pairs.map(({handle, write}) => this.#writeAt(handle, write.key, write.intent)))),
    );
  }

  async read(key: Key, at: Target, focused: LeaderId): Promise<Outcome> {
    const values = await this.#askAll(at, focused, handle => handle.request({type: 'read', key}, readingSchema, READ_TIMEOUT_MS));
    const shown: {[leader: LeaderId]: Reading | ({readonly type: 'error'} & Errors)} = {};
    for (const [leader, value] of entries(values)) shown[leader] = 'error' in value ? {type: 'error', ...value} : value.answer;
    return answersOutcome({type: 'values', key, values: shown}, entries(values).length, errorsIn(values));
  }

  async keys(glob: string, at: Target, focused: LeaderId): Promise<Outcome> {
    const matches = globMatcher(glob);
    const listed = await this.#askAll(at, focused, handle => handle.request({type: 'keys'}, keysSchema, READ_TIMEOUT_MS));
    const keys: {[leader: LeaderId]: readonly Key[] | Errors} = {};
    for (const [leader, value] of entries(listed)) keys[leader] = 'error' in value ? value : value.answer.keys.filter(matches);
    return answersOutcome({type: 'keys', keys}, entries(listed).length, errorsIn(listed));
  }

  async log(key: Key | undefined, at: Target, focused: LeaderId): Promise<Outcome> {
    const request = key === undefined ? ({type: 'log'} as const) : ({type: 'log', key} as const);
    const logs = await this.#askAll(at, focused, handle => handle.request(request, logSchema, READ_TIMEOUT_MS));
    const ops: {[leader: LeaderId]: readonly Op[] | Errors} = {};
    for (const [leader, value] of entries(logs)) ops[leader] = 'error' in value ? value : value.answer.ops;
    return answersOutcome({type: 'log', ops}, entries(logs).length, errorsIn(logs));
  }

  #targets(at: Target, focused: LeaderId): LeaderHandle[] {
    const named = at.type === 'all' ? [...this.#leaders.keys()] : at.type === 'focused' ? [focused] : at.leaders;
    return named.flatMap(id => this.#leaders.get(id) ?? []);
  }

  async #writeAt(handle: LeaderHandle, key: Key, intent: WriteAction['intent']): Promise<WriteReport> {
    const written = await handle.request({type: 'write', writes: [{key, intent}]}, writtenSchema, WRITE_TIMEOUT_MS);
    if (written.ok) return {leader: handle.id, status: 'ok', dot: written.value.dot};
    return {leader: handle.id, status: statusOf(written.failure), reason: reasonOf(handle, written.failure)};
  }

  /** Leaders that cannot answer are not even asked. */
  async #askAll<T>(at: Target, focused: LeaderId, ask: (handle: LeaderHandle) => Promise<Result<T>>): Promise<Answers<T>> {
    const handles = this.#targets(at, focused);
    const answers = await Promise.all(handles.map(handle => (handle.state.status === 'up' ? ask(handle) : undefined)));
    return Object.fromEntries(handles.map((handle, i) => [handle.id, toAnswer(handle, answers[i])]));
  }
}

type Answers<T> = {readonly [leader: LeaderId]: {readonly answer: T} | Errors};

function toAnswer<T>(handle: LeaderHandle, answer: Result<T> | undefined): {readonly answer: T} | Errors {
  if (answer === undefined) return {error: handle.state.status};
  if (answer.ok) return {answer: answer.value};
  return {error: UNKNOWN_OUTCOMES.has(answer.failure.code) ? 'no answer' : answer.failure.message};
}

const entries = <T>(answers: {readonly [leader: LeaderId]: T}): [LeaderId, T][] => Object.entries(answers) as [LeaderId, T][];

const errorsIn = (answers: Answers<unknown>): string[] =>
  entries(answers).flatMap(([leader, answer]) => ('error' in answer ? [`${leader} is ${answer.error}`] : []));

function reasonOf(handle: LeaderHandle, failure: Failure): string {
  if (!UNKNOWN_OUTCOMES.has(failure.code)) return failure.message;
  if (handle.state.status === 'paused') return `${handle.id} is paused and may yet do it`;
  return `${handle.id} gave no answer, so it may have happened`;
}
