/**
 * One conversation of a person or a script with a cluster: text in, entries out, one command at a time. The
 * engine carries out the actions that change or read the cluster. A session adds the focused leader, `undo`,
 * waiting, checks, and the commands that show what the cluster's view already holds.
 */
import {must} from '../base/assert.ts';
import {type Failure, FailureError, type Result} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import {
  type Action,
  type Check,
  type EngineAction,
  type GuideAction,
  isGuideAction,
  type LoadAction,
  traitsOf,
} from '../command/action.ts';
import {type CommandContext, helpLines, type ParsedCommand, parsedFor, showAction} from '../command/index.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import {appliesTo, isProcessFault} from '../faults/process-fault.ts';
import type {Cluster, Status} from '../port/cluster.ts';
import {ClientSteps} from './client-steps.ts';
import {CommandQueue} from './command-queue.ts';
import type {Guide} from './guide-port.ts';
import {nothingSkipped} from './halts.ts';
import {inverseOf, stillToDo} from './inverse.ts';
import {judge, type Search} from './judge-check.ts';
import {query} from './queries.ts';
import {noLab, sharedLeader, unsupported} from './refusals.ts';
import {RewindPoints} from './rewind-points.ts';
import {type Answer, answerOf, INTERRUPTED, ok, refused} from './session-answer.ts';
import {Loads} from './session-loads.ts';
import type {CheckResult, Entry, Session} from './session-result.ts';
import {UndoStack} from './undo-stack.ts';
import {timed, waitConverged} from './waits.ts';

const ENTRIES_KEPT = 500;
const NEVER = new AbortController().signal;

/**
 * Returns the resolver with the absolute path of its file, or a failure if there is no such file. A resolver
 * without a file is returned as it is.
 */
export type Locate = (resolver: ResolverSpec) => Promise<Result<ResolverSpec>>;

export interface SessionOptions {
  /** For `expect fuzz`. Without it, that check fails. */
  readonly search?: Search;
  /** Finds the files that resolvers of commands name. */
  readonly locate: Locate;
  /** True if every load runs in the background, false if only those that end in `&` do. */
  readonly loadsInBackground: boolean;
  /** The guide of the lab that is open. */
  readonly guide?: Guide;
}

export interface SessionWithLoads extends Session {
  /** Resolves once no load runs in the background. */
  loadsEnded(): Promise<void>;
}

/** Starts a session whose focus is the first leader. The caller closes the cluster after the session. */
export const createSession = (cluster: Cluster, options: SessionOptions): SessionWithLoads =>
  new LiveSession(cluster, options);

class LiveSession implements SessionWithLoads {
  readonly #cluster: Cluster;
  readonly #options: SessionOptions;
  readonly #loads: Loads;
  readonly #queue = new CommandQueue();
  readonly #undos = new UndoStack();
  readonly #steps = new ClientSteps();
  readonly #rewindPoints = new RewindPoints(this.#steps, this.#undos);
  #entries: readonly Entry[] = [];
  #focused: LeaderId;
  /** How the last command that was not a check ended. */
  #previous: Status | undefined;

  constructor(cluster: Cluster, options: SessionOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#loads = new Loads(cluster);
    this.#focused = firstLeader(cluster);
  }

  get focused(): LeaderId {
    return this.#focused;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get undoable(): string | undefined {
    const next = this.#undos.next(this.#cluster.view());
    return next === undefined ? undefined : next.steps.map(showAction).join(', ');
  }

  run(command: string | ParsedCommand): Promise<Entry> {
    return this.#queue.add(() => this.#runNow(command));
  }

  judge(check: Check, limitMs?: number): Promise<CheckResult | undefined> {
    return this.#queue.add(() => this.#judge(check, limitMs));
  }

  interrupt(): void {
    if (!this.#queue.interrupt()) this.#loads.interrupt();
  }

  loadsEnded(): Promise<void> {
    return this.#loads.ended(NEVER);
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
    this.#rewindPoints.save(this.#depth());
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
    if (action?.type === 'back' && answer.status === 'ok') this.#rewindPoints.restore(this.#depth() ?? 0);
    if (action === undefined || !(action.type === 'expect' || this.#isOfGuide(action)))
      this.#previous = answer.status;
    if (background !== undefined) this.#loads.start(signal => this.#runLoad(background, entry, signal));
    return entry;
  }

  /** How far `back` can go back; undefined where time is real. */
  #depth(): number | undefined {
    return this.#cluster.view().virtualTime?.depth;
  }

  #isBackground({background}: LoadAction): boolean {
    return background || this.#options.loadsInBackground;
  }

  /** Runs a load in the background. Its end is an entry of its own. */
  async #runLoad(action: LoadAction, begun: Entry, signal: AbortSignal): Promise<void> {
    const start = this.#cluster.clock.nowMs();
    const answer = await this.#execute({...action, background: true}, signal).catch(
      (error: unknown): Answer => {
        // Nobody waits for this promise, so the entry reports the error.
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
        return query(action, this.#cluster, this.#focused);
      case 'wait-converged':
        return this.#queue.interruptibly(signal => waitConverged(this.#cluster, action.withinMs, signal));
      case 'sleep':
        return this.#timed(signal => this.#cluster.clock.sleep(action.ms, signal));
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
        return this.#timed(signal => this.#loads.ended(signal));
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

  /** Real time cannot go back. In a lab, `back` then starts the step again. */
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
    this.#rewindPoints.clear();
    this.#previous = undefined;
    this.#focused = firstLeader(this.#cluster);
  }

  async #switchResolver(action: Extract<Action, {type: 'resolver'}>): Promise<Answer> {
    const resolver = await this.#options.locate(action.resolver);
    return resolver.ok ? this.#carryOut({...action, resolver: resolver.value}) : refused(resolver.failure);
  }

  /** Carries out an action of the engine, and keeps its inverse for `undo`. */
  async #carryOut(action: EngineAction): Promise<Answer> {
    const refusal = this.#refusal(action);
    if (refusal !== undefined) return refused(refusal);
    const inverse = inverseOf(action, this.#cluster.view());
    const answer = await this.#executeInterruptibly(action);
    if (answer.status !== 'fail') this.#undos.push(inverse);
    return answer;
  }

  #refusal(action: EngineAction): Failure | undefined {
    return unsupported(action, this.#cluster) ?? sharedLeader(action, this.#focused, this.#cluster.view());
  }

  #executeInterruptibly(action: EngineAction): Promise<Answer> {
    return traitsOf(action).isInterruptible
      ? this.#queue.interruptibly(signal => this.#execute(action, signal))
      : this.#execute(action);
  }

  async #execute(action: EngineAction, signal?: AbortSignal): Promise<Answer> {
    try {
      const outcome = await this.#cluster.execute(action, this.#focused, signal);
      this.#steps.add(outcome.result);
      this.#keepFocus();
      const nothing = nothingSkipped(outcome.result, this.#cluster.view());
      return nothing === undefined ? answerOf(outcome) : refused(nothing);
    } catch (error) {
      // The engine stopped in the middle, so the outcome is unknown.
      if (error instanceof FailureError) return {status: 'info', failure: error.failure};
      throw error;
    }
  }

  /** If the focused leader has left, the first leader is focused, as at the start. */
  #keepFocus(): void {
    const {leaders} = this.#cluster.view();
    if (!leaders.some(({id}) => id === this.#focused)) this.#focused = firstLeader(this.#cluster);
  }

  async #undo(): Promise<Answer> {
    const next = this.#undos.next(this.#cluster.view());
    if (next === undefined)
      return refused({code: 'nothing-to-undo', message: 'there is no fault or setting to undo'});
    const answers: Answer[] = [];
    for (const step of next.inverse) {
      // An earlier step may have made this one unnecessary, or necessary again.
      const [action] = stillToDo([step], this.#cluster.view());
      if (action !== undefined) answers.push(await this.#executeInterruptibly(action));
    }
    const answer =
      answers.find(({status}) => status === 'fail') ??
      answers.at(-1) ??
      refused({code: 'undone', message: 'nothing is left to undo'});
    if (answer.status !== 'fail') this.#undos.dropFrom(next.index);
    return answer;
  }

  #timed(work: (signal: AbortSignal) => Promise<unknown>): Promise<Answer> {
    return this.#queue.interruptibly(signal => timed(this.#cluster, signal, work));
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
    const steps = this.#steps.recent();
    const {search} = this.#options;
    return this.#queue.interruptibly(signal =>
      judge(check, {cluster, focused, previous, steps, limitMs, search, signal}),
    );
  }
}

const firstLeader = (cluster: Cluster): LeaderId => must(cluster.view().leaders[0], 'a first leader').id;

function withoutAmpersand(text: string): string {
  const line = text.trim();
  return line.endsWith('&') ? line.slice(0, -1).trimEnd() : line;
}

const showVerdict = ({expected, seen, at}: CheckResult): string =>
  `expected ${expected}, seen ${seen}${at === undefined ? '' : ` at ${at}`}`;
