/**
 * One person's (or one script's) conversation with a cluster: text in, entries out, one command at a time. What the engine does is
 * the engine's; what a session adds is the focus, `undo`, waiting, checks and the views on what the cluster already shows.
 */
import {must} from '../base/assert.ts';
import {type Failure, FailureError} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import type {Cluster, Outcome, Status} from '../cluster/port.ts';
import type {Action, EngineAction} from '../command/action.ts';
import {type CommandContext, helpLines, parse, showAction, showDuration} from '../command/index.ts';
import type {Conflict} from '../history/conflict.ts';
import type {Clock} from './clock.ts';
import {pollConvergence} from './convergence.ts';
import {diffKeys} from './diff.ts';
import {inverseOf, stillToDo} from './inverse.ts';
import {judge} from './judge.ts';
import {sharedLeader, unsupported} from './refuse.ts';
import type {CheckResult, Entry, Session, SessionResult} from './result.ts';

const ENTRIES_KEPT = 500;

/** What is known of an entry before it has been timed. */
type Answer = Pick<Entry, 'status' | 'result' | 'failure' | 'caret'>;

const INTERRUPTED: Answer = {status: 'info', failure: {code: 'interrupted', message: 'interrupted'}};

export const createSession = (cluster: Cluster, clock: Clock): Session => new LiveSession(cluster, clock);

class LiveSession implements Session {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #undos: EngineAction[] = [];
  #entries: readonly Entry[] = [];
  #focused: LeaderId;
  /** How the last command other than a check ended. */
  #previous: Status | undefined;
  /** The end of the queue. */
  #last: Promise<unknown> = Promise.resolve();
  /** Aborts the wait that runs now. */
  #waiting: AbortController | undefined;

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#focused = must(cluster.view().leaders[0], 'a first leader').id;
  }

  get focused(): LeaderId {
    return this.#focused;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get undoable(): string | undefined {
    const next = this.#nextUndo();
    return next === undefined ? undefined : showAction(next.action);
  }

  run(text: string): Promise<Entry> {
    const entry = this.#last.then(() => this.#runNow(text));
    // A command that broke must not stop those behind it; whoever asked for it learns of it.
    this.#last = entry.catch(() => undefined);
    return entry;
  }

  interrupt(): void {
    this.#waiting?.abort();
  }

  async #runNow(text: string): Promise<Entry> {
    const start = this.#clock.nowMs();
    const parsed = parse(text, this.#context());
    const answer: Answer = parsed.ok ? await this.#answer(parsed.value) : {status: 'fail', failure: parsed.failure, caret: parsed.caret};
    const entry: Entry = {text, ms: this.#clock.nowMs() - start, ...answer};
    if (!(parsed.ok && parsed.value.type === 'expect')) this.#previous = answer.status;
    this.#entries = [...this.#entries, entry].slice(-ENTRIES_KEPT);
    return entry;
  }

  #context(): CommandContext {
    return {leaders: this.#cluster.view().leaders.map(({id}) => id)};
  }

  async #answer(action: Action): Promise<Answer> {
    switch (action.type) {
      case 'state':
        return ok({type: 'state', leaders: this.#cluster.view().leaders});
      case 'diff':
        return ok({type: 'diff', keys: await diffKeys(this.#cluster)});
      case 'conflicts':
        return ok({
          type: 'conflicts',
          format: action.format,
          conflicts: this.#conflicts().filter(({key}) => action.filter.key === undefined || key === action.filter.key),
        });
      case 'explain':
        return explained(action.id, this.#conflicts());
      case 'wait-converged':
        return this.#waitConverged(action.withinMs);
      case 'sleep':
        return this.#sleep(action.ms);
      case 'expect':
        return this.#expect(action.check);
      case 'focus':
        this.#focused = action.leader;
        return ok({type: 'focused', leader: action.leader});
      case 'undo':
        return this.#undo();
      case 'help':
        return ok({type: 'help', topic: action.topic, lines: helpLines(action.topic)});
      case 'compare':
      case 'why':
      case 'lag':
      case 'wait-load':
        return refused({code: 'unsupported', message: 'not yet'});
      case 'quit':
        return ok({type: 'quit'});
      default:
        return this.#carryOut(action);
    }
  }

  #conflicts(): readonly Conflict[] {
    return this.#cluster.view().conflicts;
  }

  /** An action of the engine's. */
  async #carryOut(action: EngineAction): Promise<Answer> {
    const before = this.#cluster.view();
    const refusal = unsupported(action, this.#cluster) ?? sharedLeader(action, this.#focused, before);
    if (refusal !== undefined) return refused(refusal);
    const inverse = inverseOf(action, before);
    const answer = await this.#execute(action);
    if (inverse !== undefined && answer.status !== 'fail') this.#undos.push(inverse);
    return answer;
  }

  async #execute(action: EngineAction): Promise<Answer> {
    try {
      return answerOf(await this.#cluster.execute(action, this.#focused));
    } catch (error) {
      // The engine broke off in the middle: what happened is unknown.
      if (error instanceof FailureError) return {status: 'info', failure: error.failure};
      throw error;
    }
  }

  async #undo(): Promise<Answer> {
    const next = this.#nextUndo();
    if (next === undefined) return refused({code: 'nothing-to-undo', message: 'there is no fault or setting to take back'});
    const answer = await this.#execute(next.action);
    if (answer.status !== 'fail') this.#undos.length = next.index;
    return answer;
  }

  /** The newest inverse that still has something to do: other commands may have done what those above it would. */
  #nextUndo(): {readonly action: EngineAction; readonly index: number} | undefined {
    const view = this.#cluster.view();
    for (let index = this.#undos.length - 1; index >= 0; index--) {
      const action = stillToDo(must(this.#undos[index], 'an inverse'), view);
      if (action !== undefined) return {action, index};
    }
    return undefined;
  }

  async #waitConverged(withinMs: number): Promise<Answer> {
    const waited = await this.#waitFor(signal => pollConvergence(this.#cluster, withinMs, this.#clock, signal));
    if (waited.type === 'interrupted') return INTERRUPTED;
    if (waited.type === 'held') return ok({type: 'waited', ms: waited.ms});
    return refused({code: 'not-converged', message: `not converged within ${showDuration(withinMs)}: ${waited.seen}`});
  }

  async #sleep(ms: number): Promise<Answer> {
    const start = this.#clock.nowMs();
    const interrupted = await this.#waitFor(async signal => {
      await this.#clock.sleep(ms, signal);
      return signal.aborted;
    });
    return interrupted ? INTERRUPTED : ok({type: 'waited', ms: this.#clock.nowMs() - start});
  }

  async #expect(check: Extract<Action, {type: 'expect'}>['check']): Promise<Answer> {
    const verdict = await this.#waitFor(signal =>
      judge(check, {cluster: this.#cluster, clock: this.#clock, focused: this.#focused, previous: this.#previous, signal}),
    );
    if (verdict === undefined) return INTERRUPTED;
    return verdict.holds ? ok(verdict) : {status: 'fail', result: verdict, failure: {code: 'check-failed', message: showVerdict(verdict)}};
  }

  async #waitFor<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#waiting = controller;
    try {
      return await work(controller.signal);
    } finally {
      this.#waiting = undefined;
    }
  }
}

const ok = (result: SessionResult): Answer => ({status: 'ok', result});

const refused = (failure: Failure): Answer => ({status: 'fail', failure});

function answerOf(outcome: Outcome): Answer {
  if (outcome.status === 'ok') return ok(outcome.result);
  const {status, failure, result} = outcome;
  return result === undefined ? {status, failure} : {status, failure, result};
}

function explained(id: number, conflicts: readonly Conflict[]): Answer {
  const conflict = conflicts.find(candidate => candidate.id === id);
  if (conflict !== undefined) return ok({type: 'explained', conflict, story: []});
  const [first] = conflicts;
  const last = conflicts.at(-1);
  const there = first === undefined || last === undefined ? 'there are none yet' : `there are ${first.id} to ${last.id}`;
  return refused({code: 'no-such-conflict', message: `no conflict ${id}; ${there}`, hint: 'conflicts lists them'});
}

const showVerdict = ({expected, seen, at}: CheckResult): string =>
  `expected ${expected}, seen ${seen}${at === undefined ? '' : ` at ${at}`}`;
