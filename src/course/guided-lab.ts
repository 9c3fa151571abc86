/**
 * The edge of a guided lab: it receives what a session does, asks the cluster what the guide must know, and
 * carries out the guide's own commands. `guide-progress.ts` and `guide-offer.ts` make the decisions.
 */
import {assertNever} from '../base/assert.ts';
import type {Failure} from '../base/failure.ts';
import type {GuideAction} from '../command/action.ts';
import type {Clock, Cluster} from '../port/cluster.ts';
import type {Guide, Guided} from '../session/guide-port.ts';
import {type Answer, ok, refused} from '../session/session-answer.ts';
import type {CheckResult, Entry, Session} from '../session/session-result.ts';
import {outcomeOf} from './explain-verdict.ts';
import {type GuideWork, offerOf, openPrediction, workOf} from './guide-offer.ts';
import {beginLab, guided} from './guide-progress.ts';
import {type GuideInput, type GuideState, type GuideView, partOf, recordOf, stepOf} from './guide-state.ts';
import {type Summary, summaryOf} from './lab-summary.ts';
import type {Lab, LabCheck, NextLab} from './lab-types.ts';
import {type Again, againBefore, commandFileOf} from './replay-steps.ts';
import {settle} from './settle-predictions.ts';

/** Real time between two rounds of the checks that a lab waits for. */
const ASK_AGAIN_MS = 250;
/** While earlier steps are repeated: the cluster time between two rounds of checks, and the most rounds. */
const REPEAT_CHECK_MS = 50;
const REPEAT_CHECKS = 100;
/** A search of thousands of histories repeats less often, unless a command ran. */
const SEARCH_MS = 5000;
const NEVER = new AbortController().signal;

export interface GuidedLabOptions {
  readonly lab: Lab;
  /** The absolute path of a file that a command names: paths are relative to the folder of the lab. */
  absolute(file: string): string;
  readonly cluster: Cluster;
  /** The lab after this one, if there is one. */
  readonly next?: NextLab | undefined;
  /** Replaces the cluster with a new one; the failure says why it could not start. */
  startOver(): Promise<Failure | undefined>;
  /** Writes a command file to the user's current folder; the failure says why it could not. */
  keep(file: string, text: string): Promise<Failure | undefined>;
  /** Called when the lab is over. Returns why its result could not be saved; undefined if it was. */
  finished(summary: Summary): Promise<string | undefined>;
  /** Real time. */
  readonly clock: Clock;
}

/** The guide of one lab. The screen shows its `view`; `attach` gives it the session, and `close` ends it. */
export class GuidedLab implements Guide {
  readonly #options: GuidedLabOptions;
  readonly #listeners = new Set<() => void>();
  readonly #startedMs: number;
  #session: Session | undefined;
  #view: GuideView;
  #asking = false;
  /** True if something changed that could make a check hold. */
  #isStale = false;
  /** Aborted when the wait for the next round of checks is over. */
  #waiting = new AbortController();
  #searchedMs = Number.NEGATIVE_INFINITY;
  /** Counts starts of steps: an answer to a question of an earlier start no longer counts. */
  #epoch = 0;
  #isClosed = false;

  constructor(options: GuidedLabOptions) {
    this.#options = options;
    this.#startedMs = options.clock.nowMs();
    this.#view = {state: beginLab(options.lab), ...(options.next === undefined ? {} : {next: options.next})};
  }

  /** From now on this object guides the session. */
  attach(session: Session): void {
    this.#session = session;
    this.#askSoon();
  }

  readonly view = (): GuideView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  close(): void {
    this.#isClosed = true;
    this.#waiting.abort();
  }

  ended(entry: Entry): void {
    this.#searchedMs = Number.NEGATIVE_INFINITY;
    this.#take({type: 'ended', entry});
    this.#askSoon();
  }

  async carryOut(action: GuideAction, by: Guided): Promise<Answer> {
    switch (action.type) {
      case 'next':
        return this.#next(by);
      case 'choose':
        return this.#choose(action.choice);
      case 'hint':
        return this.#hint();
      case 'redo':
        return this.#redo(by);
      case 'keep':
        return this.#keep();
      default:
        return assertNever(action);
    }
  }

  get #state(): GuideState {
    return this.#view.state;
  }

  #show(change: Partial<GuideView>): void {
    this.#view = {...this.#view, ...change};
    for (const listener of this.#listeners) listener();
  }

  #take(input: GuideInput): void {
    const before = this.#state;
    const state = guided(before, input);
    if (state === before) return;
    const isOver = state.place.type === 'end' && before.place.type !== 'end';
    this.#show(isOver ? {state, tookMs: this.#options.clock.nowMs() - this.#startedMs} : {state});
    if (isOver)
      void this.#options
        .finished(summaryOf(state))
        .then(notice => notice !== undefined && this.#show({notice}));
  }

  // What the guide asks the cluster.

  /** Asks the cluster what the guide must know now, or after the question that is being asked. */
  #askSoon(): void {
    this.#waiting.abort();
    this.#isStale = true;
    if (!this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    while (this.#isStale && !this.#isClosed && this.#session !== undefined) {
      this.#isStale = false;
      const work = workOf(this.#state);
      if (work === undefined) break;
      await this.#workOut(work, this.#session);
      const next = workOf(this.#state);
      if (
        next !== undefined &&
        (next.type === 'settle' || next.type !== work.type || next.checks !== work.checks)
      )
        this.#isStale = true;
    }
    this.#asking = false;
    if (workOf(this.#state)?.type === 'judge') this.#askLater();
  }

  async #workOut(work: GuideWork, session: Session): Promise<void> {
    const epoch = this.#epoch;
    if (work.type === 'settle') {
      const settled = await settle(work.prediction, (check, limitMs) => session.judge(check, limitMs));
      if (epoch !== this.#epoch) return;
      this.#take({
        type: 'settled',
        part: work.part,
        outcome: outcomeOf(settled, work.chosen, this.#options.cluster.view()),
      });
      return;
    }
    const verdicts: (CheckResult | undefined)[] = [];
    const known = this.#known(work.checks);
    for (const [i, {check}] of work.checks.entries())
      verdicts.push(known[i] ?? (await session.judge(check, 0)));
    const now = workOf(this.#state);
    if (epoch === this.#epoch && now?.type === 'judge' && now.checks === work.checks)
      this.#take({type: 'judged', verdicts});
  }

  /** The earlier verdicts that are new enough to be kept, by the places of their checks. */
  #known(checks: readonly LabCheck[]): readonly (CheckResult | undefined)[] {
    const {place} = this.#state;
    const nowMs = this.#options.clock.nowMs();
    const isTooSoon = nowMs < this.#searchedMs + SEARCH_MS;
    if (!isTooSoon) this.#searchedMs = nowMs;
    const ticks = place.type === 'part' && isTooSoon ? recordOf(this.#state).ticks[place.part] : undefined;
    return checks.map(({check}, i) => (check.type === 'fuzz' ? ticks?.[i] : undefined));
  }

  /** Where time stands still, only a command changes anything. */
  #askLater(): void {
    this.#waiting.abort();
    if (this.#isClosed || this.#options.cluster.view().virtualTime?.runs === false) return;
    this.#waiting = new AbortController();
    const {signal} = this.#waiting;
    void this.#options.clock.sleep(ASK_AGAIN_MS, signal).then(() => !signal.aborted && this.#askSoon());
  }

  // The guide's own commands.

  async #next(by: Guided): Promise<Answer> {
    const offer = offerOf(this.#state);
    switch (offer.type) {
      case 'run': {
        if (offer.failed) return this.#onwards(`went on without ${offer.command.text}`);
        const {status, failure} = await by.run(offer.command);
        return failure === undefined ? changed(offer.command.text) : {status, failure};
      }
      case 'begin':
      case 'step':
      case 'finish':
        return this.#onwards();
      case 'choose':
        return refused({code: 'choose', message: `first choose 1–${offer.choices}`});
      case 'settling':
        return refused({code: 'settling', message: 'the cluster has not answered yet: one moment'});
      case 'checks':
        return refused({
          code: 'checks',
          message: 'the lab waits until its checks hold',
          hint: 'redo starts the step again',
        });
      case 'task':
        return refused({code: 'task', message: 'the task is not done yet', hint: 'hint helps'});
      case 'over':
        return refused({code: 'over', message: 'the lab is over', hint: 'redo starts its last step again'});
      default:
        return assertNever(offer);
    }
  }

  #onwards(what?: string): Answer {
    this.#take({type: 'next'});
    this.#askSoon();
    const {place, records, lab} = this.#state;
    if (what !== undefined) return changed(what);
    return changed(
      place.type === 'end'
        ? 'the lab is over'
        : `step ${records.length} of ${lab.steps.length}: ${stepOf(this.#state)?.title ?? ''}`,
    );
  }

  #choose(choice: number): Answer {
    const open = openPrediction(this.#state);
    if (open === undefined)
      return refused({
        code: 'no-question',
        message: 'no question is open',
        hint: 'redo starts the step again',
      });
    const {choices} = open.prediction;
    const chosen = choices[choice - 1];
    if (chosen === undefined)
      return refused({code: 'no-answer', message: `there are ${choices.length} answers`});
    this.#take({type: 'chosen', choice: choice - 1});
    this.#askSoon();
    return changed(chosen.text);
  }

  #hint(): Answer {
    const part = partOf(this.#state);
    if (part?.type !== 'task') return refused({code: 'no-task', message: 'no task is open'});
    this.#take({type: 'hint'});
    const offer = offerOf(this.#state);
    const hint = offer.type === 'task' ? part.hints[offer.hints - 1] : undefined;
    return changed(hint ?? `solution: ${part.solution.map(({text}) => text).join(', ')}`);
  }

  async #keep(): Promise<Answer> {
    const file = `${this.#options.lab.name}.lab`;
    const {absolute, cluster, keep} = this.#options;
    const failure = await keep(file, commandFileOf(this.#state, {file, absolute, engine: cluster.engine}));
    const on = this.#state.lab.about.engines.includes('native') ? '' : `--engine ${cluster.engine} `;
    return failure === undefined ? changed(`kept: leaderlab run ${on}${file}`) : refused(failure);
  }

  /** Starts the step again on a new cluster, after it repeated everything before the step. */
  async #redo(by: Guided): Promise<Answer> {
    if (stepOf(this.#state) === undefined)
      return refused({
        code: 'nothing-to-redo',
        message: 'nothing was done yet',
        hint: 'next starts the first step',
      });
    const again = againBefore(this.#state);
    const total = again.length + 1;
    this.#show({redoing: {done: 0, total}});
    const failure = await this.#options.startOver();
    if (failure === undefined) {
      this.#epoch++;
      by.startOver();
      for (const [i, one] of again.entries()) {
        if (this.#isClosed) break;
        this.#show({redoing: {done: i + 1, total}});
        await this.#doAgain(one, by);
      }
      this.#take({type: 'redone'});
    }
    const {redoing: _, ...view} = this.#view;
    this.#view = view;
    this.#show({});
    this.#askSoon();
    return failure === undefined
      ? changed(`step ${this.#state.records.length} starts again`)
      : refused(failure);
  }

  async #doAgain(again: Again, by: Guided): Promise<void> {
    if (again.type === 'command') await by.runQuietly(again.command);
    else await this.#untilHeld(again.checks, by);
  }

  /** Waits until the checks hold, but at most for `REPEAT_CHECKS` rounds. */
  async #untilHeld(checks: readonly LabCheck[], by: Guided): Promise<void> {
    for (let checked = 0; checked < REPEAT_CHECKS && !this.#isClosed; checked++) {
      let held = true;
      for (const {check} of checks) held &&= (await by.glance(check))?.holds === true;
      if (held) return;
      await this.#options.cluster.clock.sleep(REPEAT_CHECK_MS, NEVER);
    }
  }
}

const changed = (summary: string): Answer => ok({type: 'changed', summary});
