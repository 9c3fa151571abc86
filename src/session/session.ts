/**
 * One person's (or one script's) conversation with a cluster: text in, entries out, one command at a time.
 * What the engine does is the engine's; what a session adds is the focus, `undo`, waiting, checks and the
 * views on what the cluster already shows.
 */
import {must} from '../base/assert.ts';
import {type Failure, FailureError} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import {
  type Action,
  type Check,
  type EngineAction,
  type GuideAction,
  isGuideAction,
  type LoadAction,
} from '../command/action.ts';
import {
  type CommandContext,
  helpLines,
  type ParsedCommand,
  parsedFor,
  showAction,
  showDuration,
} from '../command/index.ts';
import {appliesTo, isProcessFault} from '../faults/process-fault.ts';
import type {ClientStep} from '../history/guarantees.ts';
import type {Cluster, EngineResult, Outcome, Status} from '../port/cluster.ts';
import {pollConvergence} from './convergence.ts';
import {locate} from './custom-file.ts';
import type {Guide} from './guide-port.ts';
import {nothingSkipped} from './halts.ts';
import {clientStep} from './history-check.ts';
import {inverseOf, stillToDo} from './inverse.ts';
import {judge, type Search} from './judge-check.ts';
import {look} from './queries.ts';
import {noLab, sharedLeader, unsupported} from './refusals.ts';
import {type Answer, INTERRUPTED, ok, refused} from './session-answer.ts';
import {Loads} from './session-loads.ts';
import type {CheckResult, Entry, Session} from './session-result.ts';

const ENTRIES_KEPT = 500;
const STEPS_KEPT = 1000;
const UNDOS_KEPT = 200;
const LOOK_MS = 100;
const NEVER = new AbortController().signal;

export interface SessionOptions {
  /** For checks that ask for it. */
  readonly search?: Search;
  /** What paths in commands are relative to. */
  readonly folder: string;
  /** Whether every load runs beside the commands behind it, and not only those that ask for it with `&`. */
  readonly loadsInBackground: boolean;
  /** Where a guided lab is open. */
  readonly guide?: Guide;
}

export interface SessionWithLoads extends Session {
  /** Resolves once no load runs in the background. */
  loadsEnded(): Promise<void>;
}

/** What time that goes back takes with it. */
interface Memory {
  readonly stepCount: number;
  readonly undos: readonly (readonly EngineAction[])[];
}

export const createSession = (cluster: Cluster, options: SessionOptions): SessionWithLoads =>
  new LiveSession(cluster, options);

class LiveSession implements SessionWithLoads {
  readonly #cluster: Cluster;
  readonly #options: SessionOptions;
  readonly #loads = new Loads();
  /** The oldest first. Never changed in place, so that memories can share it. */
  #undos: readonly (readonly EngineAction[])[] = [];
  #entries: readonly Entry[] = [];
  /** The oldest first. Memories count them, so none is removed from the front if time can go back. */
  readonly #steps: ClientStep[] = [];
  readonly #memories: (Memory | undefined)[] = [];
  #focused: LeaderId;
  /** How the last command other than a check ended. */
  #previous: Status | undefined;
  /** The end of the queue. */
  #last: Promise<unknown> = Promise.resolve();
  /** Aborts what takes long and runs now. */
  #waiting: AbortController | undefined;

  constructor(cluster: Cluster, options: SessionOptions) {
    this.#cluster = cluster;
    this.#options = options;
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
    return next === undefined ? undefined : next.steps.map(showAction).join(', ');
  }

  run(command: string | ParsedCommand): Promise<Entry> {
    const entry = this.#last.then(() => this.#runNow(command));
    // A command that broke must not stop those behind it; whoever asked for it learns of it.
    this.#last = entry.catch(() => undefined);
    return entry;
  }

  judge(check: Check, limitMs?: number): Promise<CheckResult | undefined> {
    const verdict = this.#last.then(() => this.#judge(check, limitMs));
    this.#last = verdict.catch(() => undefined);
    return verdict;
  }

  interrupt(): void {
    if (this.#waiting === undefined) this.#loads.interrupt();
    else this.#waiting.abort();
  }

  loadsEnded(): Promise<void> {
    return this.#loadsEnded(NEVER);
  }

  /** A load that has ended may run again, where time went back. */
  async #loadsEnded(signal: AbortSignal): Promise<void> {
    const {clock} = this.#cluster;
    await this.#loads.ended(clock, signal);
    while (this.#isLoading() && !signal.aborted) await clock.sleep(LOOK_MS, signal);
  }

  #isLoading(): boolean {
    const {virtualTime, activities} = this.#cluster.view();
    return virtualTime !== undefined && activities.some(({label}) => label.startsWith('load '));
  }

  async #runNow(command: string | ParsedCommand, isQuiet = false): Promise<Entry> {
    const start = this.#cluster.clock.nowMs();
    const text = typeof command === 'string' ? command : command.text;
    const parsed = parsedFor(command, this.#context());
    const action = parsed.ok ? parsed.value : undefined;
    const background =
      action?.type === 'load' && this.#refusal(action) === undefined && this.#isBackground(action)
        ? action
        : undefined;
    this.#remembers();
    let answer: Answer;
    if (background !== undefined) answer = ok({type: 'changed', summary: 'started'});
    else if (parsed.ok) answer = await this.#answer(parsed.value);
    else answer = {status: 'fail', failure: parsed.failure, caret: parsed.caret};
    const inOurWords = parsed.ok ? (parsed.inOurWords ?? text) : text;
    const ended: Entry = {
      text: inOurWords,
      ms: this.#cluster.clock.nowMs() - start,
      ...answer,
      ...(action === undefined ? {} : {action}),
    };
    const entry = isQuiet ? ended : this.#note(ended);
    if (action?.type === 'back' && answer.status === 'ok') this.#forgets();
    if (action === undefined || !(action.type === 'expect' || this.#isOfGuide(action)))
      this.#previous = answer.status;
    if (background !== undefined) this.#loads.start(signal => this.#runLoad(background, entry, signal));
    return entry;
  }

  /**
   * Of what the session knows, what time that goes back has to take away again; by how far one can go back.
   */
  #remembers(): void {
    const depth = this.#cluster.view().virtualTime?.depth;
    if (depth !== undefined) this.#memories[depth] = {stepCount: this.#steps.length, undos: this.#undos};
  }

  /** What has happened since has not happened. */
  #forgets(): void {
    const depth = this.#cluster.view().virtualTime?.depth ?? 0;
    const memory = this.#memories.slice(0, depth + 1).findLast(one => one !== undefined);
    if (memory === undefined) return;
    this.#steps.length = memory.stepCount;
    this.#undos = memory.undos;
  }

  #isBackground({background}: LoadAction): boolean {
    return background || this.#options.loadsInBackground;
  }

  /** A load in the background, to its end, which is an entry of its own. */
  async #runLoad(action: LoadAction, begun: Entry, signal: AbortSignal): Promise<void> {
    const start = this.#cluster.clock.nowMs();
    const answer = await this.#execute({...action, background: true}, signal).catch(
      (error: unknown): Answer => {
        // Nobody waits for this promise, so what broke is told in the entry.
        return {
          status: 'info',
          failure: {code: 'broken', message: error instanceof Error ? error.message : String(error)},
        };
      },
    );
    this.#note({
      text: `${withoutAmpersand(begun.text)} ended`,
      ms: this.#cluster.clock.nowMs() - start,
      ...answer,
      ends: begun,
    });
  }

  #note(entry: Entry): Entry {
    this.#entries = [...this.#entries, entry].slice(-ENTRIES_KEPT);
    if (entry.action === undefined || !this.#isOfGuide(entry.action)) this.#options.guide?.ended(entry);
    return entry;
  }

  #context(): CommandContext {
    const {leaders, links} = this.#cluster.view();
    const statuses = new Map(leaders.map(({id, status}) => [id, status]));
    const canSuffer = (fault: string, leader: LeaderId): boolean =>
      !isProcessFault(fault) || appliesTo(fault, statuses.get(leader));
    return {leaders: leaders.map(({id}) => id), links: links.map(({id}) => id), canSuffer};
  }

  async #answer(action: Action): Promise<Answer> {
    switch (action.type) {
      case 'state':
      case 'setting':
      case 'diff':
      case 'conflicts':
      case 'explain':
      case 'compare':
      case 'why':
      case 'lag':
        return look(action, this.#cluster, this.#focused);
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
      case 'wait-load':
        return this.#waitLoads();
      case 'resolver':
        return this.#switchResolver(action);
      case 'quit':
        return ok({type: 'quit'});
      case 'next':
      case 'choose':
      case 'hint':
      case 'redo':
      case 'keep':
        return this.#guided(action);
      case 'back':
        return this.#isOfGuide(action) ? this.#guided({type: 'redo'}) : this.#carryOut(action);
      default:
        return this.#carryOut(action);
    }
  }

  /** Real time never goes back; a lab can begin its step anew. */
  #isOfGuide(action: Action): boolean {
    const {guide} = this.#options;
    return (
      isGuideAction(action) ||
      (action.type === 'back' && guide !== undefined && !this.#cluster.capabilities.has('back'))
    );
  }

  async #guided(action: GuideAction): Promise<Answer> {
    const {guide} = this.#options;
    if (guide === undefined) return refused(noLab(action));
    return guide.carryOut(action, {
      run: command => this.#runNow(command),
      runQuietly: command => this.#runNow(command, true),
      glance: check => this.#judge(check, 0),
      startOver: () => this.#startOver(),
    });
  }

  #startOver(): void {
    this.#loads.interrupt();
    this.#undos = [];
    this.#steps.length = 0;
    this.#memories.length = 0;
    this.#previous = undefined;
    this.#focused = must(this.#cluster.view().leaders[0], 'a first leader').id;
  }

  async #switchResolver(action: Extract<Action, {type: 'resolver'}>): Promise<Answer> {
    const resolver = await locate(action.resolver, this.#options.folder);
    return resolver.ok ? this.#carryOut({...action, resolver: resolver.value}) : refused(resolver.failure);
  }

  /** An action of the engine's. */
  async #carryOut(action: EngineAction): Promise<Answer> {
    const refusal = this.#refusal(action);
    if (refusal !== undefined) return refused(refusal);
    const inverse = inverseOf(action, this.#cluster.view());
    const answer = await this.#executeInterruptibly(action);
    if (inverse.length > 0 && answer.status !== 'fail')
      this.#undos = [...this.#undos, inverse].slice(-UNDOS_KEPT);
    return answer;
  }

  #refusal(action: EngineAction): Failure | undefined {
    return unsupported(action, this.#cluster) ?? sharedLeader(action, this.#focused, this.#cluster.view());
  }

  #executeInterruptibly(action: EngineAction): Promise<Answer> {
    const takesLong = action.type === 'load' || action.type === 'join' || action.type === 'leave';
    return takesLong ? this.#waitFor(signal => this.#execute(action, signal)) : this.#execute(action);
  }

  async #execute(action: EngineAction, signal?: AbortSignal): Promise<Answer> {
    try {
      const outcome = await this.#cluster.execute(action, this.#focused, signal);
      this.#remember(outcome.result);
      this.#keepFocus();
      const nothing = nothingSkipped(outcome.result, this.#cluster.view());
      return nothing === undefined ? answerOf(outcome) : refused(nothing);
    } catch (error) {
      // The engine broke off in the middle: what happened is unknown.
      if (error instanceof FailureError) return {status: 'info', failure: error.failure};
      throw error;
    }
  }

  /** What a check of this session's history is about. */
  #remember(result: EngineResult | undefined): void {
    const step = result && clientStep(result);
    if (step === undefined) return;
    this.#steps.push(step);
    if (this.#memories.length === 0 && this.#steps.length >= 2 * STEPS_KEPT)
      this.#steps.splice(0, STEPS_KEPT);
  }

  /** Where the focused leader has left, the first is focused, as at the start. */
  #keepFocus(): void {
    const {leaders} = this.#cluster.view();
    if (!leaders.some(({id}) => id === this.#focused)) this.#focused = must(leaders[0], 'a first leader').id;
  }

  async #undo(): Promise<Answer> {
    const next = this.#nextUndo();
    if (next === undefined)
      return refused({code: 'nothing-to-undo', message: 'there is no fault or setting to take back'});
    const answers: Answer[] = [];
    for (const step of next.inverse) {
      // One step may do what the next would, or undo what it need not have done before.
      const [action] = stillToDo([step], this.#cluster.view());
      if (action !== undefined) answers.push(await this.#executeInterruptibly(action));
    }
    const answer =
      answers.find(({status}) => status === 'fail') ??
      answers.at(-1) ??
      refused({code: 'undone', message: 'it is undone'});
    if (answer.status !== 'fail') this.#undos = this.#undos.slice(0, next.index);
    return answer;
  }

  /**
   * The newest inverse that still has something to do: other commands may have done what those above it
   * would.
   */
  #nextUndo():
    | {
        readonly inverse: readonly EngineAction[];
        readonly steps: readonly EngineAction[];
        readonly index: number;
      }
    | undefined {
    const view = this.#cluster.view();
    for (let index = this.#undos.length - 1; index >= 0; index--) {
      const inverse = must(this.#undos[index], 'an inverse');
      const steps = stillToDo(inverse, view);
      if (steps.length > 0) return {inverse, steps, index};
    }
    return undefined;
  }

  async #waitConverged(withinMs: number): Promise<Answer> {
    const waited = await this.#waitFor(signal => pollConvergence(this.#cluster, withinMs, signal));
    if (waited.type === 'interrupted') return INTERRUPTED;
    if (waited.type === 'held') return ok({type: 'waited', ms: waited.ms});
    return refused({
      code: 'not-converged',
      message: `not converged within ${showDuration(withinMs)}: ${waited.seen}`,
    });
  }

  async #waitLoads(): Promise<Answer> {
    const start = this.#cluster.clock.nowMs();
    const interrupted = await this.#waitFor(async signal => {
      await this.#loadsEnded(signal);
      return signal.aborted;
    });
    return interrupted ? INTERRUPTED : ok({type: 'waited', ms: this.#cluster.clock.nowMs() - start});
  }

  async #sleep(ms: number): Promise<Answer> {
    const start = this.#cluster.clock.nowMs();
    const interrupted = await this.#waitFor(async signal => {
      await this.#cluster.clock.sleep(ms, signal);
      return signal.aborted;
    });
    return interrupted ? INTERRUPTED : ok({type: 'waited', ms: this.#cluster.clock.nowMs() - start});
  }

  async #expect(check: Check): Promise<Answer> {
    const verdict = await this.#judge(check);
    if (verdict === undefined) return INTERRUPTED;
    return verdict.holds
      ? ok(verdict)
      : {status: 'fail', result: verdict, failure: {code: 'check-failed', message: showVerdict(verdict)}};
  }

  #judge(check: Check, limitMs = Number.POSITIVE_INFINITY): Promise<CheckResult | undefined> {
    const [cluster, focused, previous] = [this.#cluster, this.#focused, this.#previous];
    const steps = this.#steps.slice(-STEPS_KEPT);
    const {search} = this.#options;
    return this.#waitFor(signal =>
      judge(check, {cluster, focused, previous, steps, limitMs, search, signal}),
    );
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

function withoutAmpersand(text: string): string {
  const line = text.trim();
  return line.endsWith('&') ? line.slice(0, -1).trimEnd() : line;
}

function answerOf(outcome: Outcome): Answer {
  if (outcome.status === 'ok') return ok(outcome.result);
  const {status, failure, result} = outcome;
  return result === undefined ? {status, failure} : {status, failure, result};
}

const showVerdict = ({expected, seen, at}: CheckResult): string =>
  `expected ${expected}, seen ${seen}${at === undefined ? '' : ` at ${at}`}`;
