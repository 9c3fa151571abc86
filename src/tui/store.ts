/**
 * Holds the screen's state, outside React. It takes events, runs commands, and offers one finished frame.
 *
 * Changes of the cluster cause at most 15 frames a second; a key causes a frame at once. Between changes
 * nothing runs, except for one tick a second for the clock, and frames while something on the screen moves. A
 * frame equal to the last one is not published.
 */

import type {GuideView} from '../course/guide-state.ts';
import type {Cluster} from '../port/cluster.ts';
import type {ClusterView} from '../port/view.ts';
import type {Entry, Session} from '../session/session-result.ts';
import type {KeyPress} from './model/input/keypress.ts';
import {CHANGED_MS} from './model/panes/leader-table.ts';
import {reduce} from './model/reduce.ts';
import {type Area, drawFrame, type Frame} from './model/screen-frame.ts';
import type {PastedText} from './model/state/state.ts';
import {type Effect, INITIAL_STATE, type UiEvent, type UiState, type World} from './model/state/state.ts';
import type {Line} from './model/text/style.ts';

const FRAME_MS = 1000 / 15;
/**
 * After a frame, this many times its duration is left for other work, so drawing takes at most a quarter of
 * the time.
 */
const REST = 3;

export interface StoreOptions {
  readonly cluster: Cluster;
  readonly session: Session;
  /** True if the data outlives the lab. */
  readonly keepsData: boolean;
  readonly guide?: ShownGuide;
  readonly size: Size;
  onQuit(): void;
  /** The user presses ctrl-z. */
  onSuspend(): void;
  /** Commands typed in other sessions, oldest first. */
  readonly history?: readonly string[];
  /** Keeps a command for other sessions. */
  remember?(command: string): void;
}

/** A guided lab, as far as the screen shows it. */
export interface ShownGuide {
  view(): GuideView;
  subscribe(listener: () => void): () => void;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export class Store {
  readonly #options: StoreOptions;
  readonly #listeners = new Set<() => void>();
  readonly #known = new WeakSet<Entry>();
  #size: Size;
  #state: UiState = INITIAL_STATE;
  #frame: Frame;
  #timer: NodeJS.Timeout | undefined;
  #drawnAtMs = 0;
  #frameTookMs = 0;
  #stopped = false;
  #running = 0;
  readonly #unsubscribe: readonly (() => void)[];

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#size = options.size;
    if (options.history !== undefined)
      this.#state = {...INITIAL_STATE, prompt: {...INITIAL_STATE.prompt, history: options.history}};
    for (const entry of options.session.entries) this.#observe(entry, undefined);
    this.#reduce({type: 'refreshed'});
    this.#frame = drawFrame(this.#state, this.#world());
    const changed = (): void => this.#plan(0);
    const {cluster, guide} = options;
    this.#unsubscribe = [
      cluster.subscribe(changed),
      ...(guide === undefined ? [] : [guide.subscribe(changed)]),
    ];
    this.#plan(restMs(this.#state, this.#world()));
  }

  readonly frame = (): Frame => this.#frame;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  press(presses: readonly KeyPress[]): void {
    for (const press of presses) this.#reduce({type: 'key', press});
    this.#draw();
  }

  paste(pasted: PastedText): void {
    this.#reduce({type: 'pasted', pasted});
    this.#draw();
  }

  resize(size: Size): void {
    this.#size = size;
    this.#draw();
  }

  stop(): void {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    clearTimeout(this.#timer);
  }

  #world(): World {
    const {cluster, session, keepsData, guide} = this.#options;
    const {focused, undoable} = session;
    return {
      view: cluster.view(),
      nowMs: cluster.clock.nowMs(),
      focused,
      undoable,
      keepsData,
      ...this.#size,
      ...(guide === undefined ? {} : {guide: guide.view()}),
    };
  }

  #reduce(event: UiEvent): void {
    const {state, effects} = reduce(this.#state, event, this.#world());
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    if (effect.type === 'quit') this.#options.onQuit();
    else if (effect.type === 'interrupt') this.#options.session.interrupt();
    else if (effect.type === 'suspend') this.#options.onSuspend();
    else if (effect.type === 'remember') this.#options.remember?.(effect.text);
    else void this.#run(effect.id, effect.text);
  }

  async #run(id: number, text: string): Promise<void> {
    this.#running++;
    const entry = await this.#options.session.run(text);
    this.#running--;
    this.#known.add(entry);
    if (this.#stopped) return;
    this.#reduce({type: 'answered', id, entry});
    this.#draw();
  }

  /** Adds a command that another part ran in this session: a lab, or `--exec`. */
  #observe(entry: Entry, atMs: number | undefined): void {
    this.#known.add(entry);
    this.#reduce(atMs === undefined ? {type: 'observed', entry} : {type: 'observed', entry, atMs});
  }

  /**
   * Does nothing while a command of this screen runs: its entry may be listed before its promise resolves,
   * and would look foreign.
   */
  #observeOthers(): void {
    if (this.#running > 0) return;
    for (const entry of this.#options.session.entries)
      if (!this.#known.has(entry)) this.#observe(entry, this.#options.cluster.clock.nowMs());
  }

  #draw(): void {
    if (this.#stopped) return;
    this.#observeOthers();
    this.#reduce({type: 'refreshed'});
    const begunMs = performance.now();
    const world = this.#world();
    this.#drawnAtMs = Date.now();
    const next = keepEqualAreas(this.#frame, drawFrame(this.#state, world));
    if (next !== this.#frame) {
      this.#frame = next;
      for (const listener of this.#listeners) listener();
    }
    this.#frameTookMs = performance.now() - begunMs;
    this.#plan(restMs(this.#state, world));
  }

  /**
   * Plans a frame after this time, or keeps an earlier plan. Frames are never closer together than
   * `FRAME_MS`.
   */
  #plan(inMs: number): void {
    if (this.#stopped) return;
    const now = Date.now();
    const at = Math.max(now + inMs, this.#drawnAtMs + Math.max(FRAME_MS, (1 + REST) * this.#frameTookMs));
    if (this.#timer !== undefined && this.#plannedAtMs <= at && this.#plannedAtMs > now) return;
    clearTimeout(this.#timer);
    this.#plannedAtMs = at;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#draw();
    }, at - now);
  }

  #plannedAtMs = 0;
}

/** How long the screen stays the same if nothing happens. */
function restMs(state: UiState, {view, nowMs}: World): number {
  // Virtual time is shown to the millisecond, so everything moves while it runs, and nothing otherwise.
  if (view.virtualTime !== undefined) return view.virtualTime.runs ? FRAME_MS : 1000;
  const isStill = state.frozen !== undefined || nowMs >= movesUntil(view);
  return isStill ? 1000 - ((nowMs - view.startedAtMs) % 1000) : FRAME_MS;
}

/**
 * The time until which the screen changes by itself: messages in flight, and changes that are still
 * highlighted.
 */
function movesUntil({links, leaders}: ClusterView): number {
  let until = 0;
  for (const {inFlight, rule} of links) {
    if (rule.cut || rule.hold) continue;
    for (const {dueAtMs} of inFlight) until = Math.max(until, dueAtMs);
  }
  // The keys changed last come first.
  for (const {keys} of leaders) until = Math.max(until, (keys[0]?.changedAtMs ?? 0) + CHANGED_MS);
  return until;
}

/** The new frame, with areas of the old frame where they are equal; the old frame itself if all are equal. */
function keepEqualAreas(old: Frame, next: Frame): Frame {
  const before = new Map(old.areas.map(area => [area.id, area]));
  const areas = next.areas.map(area => {
    const same = before.get(area.id);
    return same !== undefined && sameArea(same, area) ? same : area;
  });
  const isSame =
    old.width === next.width &&
    old.height === next.height &&
    areas.length === old.areas.length &&
    areas.every((area, i) => area === old.areas[i]);
  return isSame ? old : {...next, areas};
}

function sameArea(a: Area, b: Area): boolean {
  const {x, y, width, height} = a.rect;
  if (x !== b.rect.x || y !== b.rect.y || width !== b.rect.width || height !== b.rect.height) return false;
  return a.lines.every((line, i) => sameLine(line, b.lines[i] ?? []));
}

const sameLine = (a: Line, b: Line): boolean =>
  a.length === b.length &&
  a.every((piece, i) => piece.text === b[i]?.text && piece.tone === b[i]?.tone && piece.mark === b[i]?.mark);
