/**
 * The state of the screen itself: who gets the keys, the selection, the typed text and the answers.
 * Everything about the cluster stays in the cluster's view.
 */
import type {LeaderId} from '../../../base/ids.ts';
import type {GuideView} from '../../../course/guide-state.ts';
import type {ClusterView} from '../../../port/view.ts';
import type {Entry} from '../../../session/session-result.ts';
import type {KeyPress} from '../input/keypress.ts';
import {EMPTY_PROMPT, type Prompt} from '../input/prompt.ts';
import type {Scope} from '../pickers/resolver-picker.ts';
import type {PaneId} from '../text/layout.ts';
import type {Tone} from '../text/style.ts';

/** A paste, as the keyboard reports it. */
export interface PastedText {
  /** Empty if the text was too long. */
  readonly text: string;
  readonly bytes: number;
}

/** A line of the timeline. */
export type Item =
  | {
      readonly type: 'command';
      readonly id: number;
      readonly text: string;
      /** The key that ran the command. */
      readonly key?: string;
      /** Its overlay was opened before the answer arrived. The user may have closed it since. */
      readonly isOpened?: true;
      /** Absent for commands that ran before the screen started. */
      readonly atMs?: number;
      /** Absent while it runs. */
      readonly entry?: Entry;
    }
  /** Something that no command asked for. */
  | {
      readonly type: 'notice';
      readonly id: number;
      readonly atMs: number;
      /** The leaders that it is about; several if they reported the same at about the same time. */
      readonly leaders: readonly LeaderId[];
      readonly text: string;
      readonly tone: Tone;
    };

export type Overlay =
  | {readonly type: 'help'; readonly at: number}
  /**
   * `item` is the `explain` command that was sent. Until its answer arrives, the overlay shows what the view
   * holds.
   */
  | {readonly type: 'story'; readonly conflict: number; readonly item?: number; readonly scroll: number}
  | {readonly type: 'answer'; readonly item: number; readonly scroll: number}
  | {readonly type: 'link'; readonly pair: string; readonly scroll: number}
  | {readonly type: 'resolvers'; readonly at: number; readonly scope: Scope}
  | {readonly type: 'topologies'; readonly at: number; readonly hub: LeaderId | undefined}
  /** With a `refusal` there are no commands. */
  | {
      readonly type: 'paste';
      readonly commands: readonly string[];
      readonly refusal?: string;
      readonly scroll: number;
    }
  | {readonly type: 'quit'; readonly why: string};

export interface UiState {
  readonly mode: 'prompt' | 'panes';
  readonly pane: PaneId;
  readonly zoomed: boolean;
  readonly prompt: Prompt;
  readonly overlay?: Overlay;
  /**
   * The selection in each pane. Lists that grow or are sorted again are selected by name or id, so that the
   * selection stays on its entry; absent means the first. Leaders are selected by index. `guide` counts the
   * lines scrolled from the place that shows the lab's newest text.
   */
  readonly selected: {
    readonly topology?: string;
    readonly leaders: number;
    readonly conflicts?: number;
    readonly timeline?: number;
    readonly guide?: number;
  };
  /** The conflict log shows only keys that contain `text`. While `isTyped`, the filter gets the keys. */
  readonly filter: {readonly text: string; readonly isTyped: boolean};
  /** Oldest first. */
  readonly timeline: readonly Item[];
  readonly nextId: number;
  /** The view and the time at which the screen was frozen. */
  readonly frozen?: {readonly view: ClusterView; readonly nowMs: number};
  /** The index of the suggested step. */
  readonly step: number;
  /** The last view, to notice events that no command caused. */
  readonly seen: ClusterView | undefined;
}

const TIMELINE_LIMIT = 500;

export const INITIAL_STATE: UiState = {
  mode: 'prompt',
  pane: 'topology',
  zoomed: false,
  prompt: EMPTY_PROMPT,
  selected: {leaders: 0},
  filter: {text: '', isTyped: false},
  timeline: [],
  nextId: 1,
  step: 0,
  seen: undefined,
};

export type UiEvent =
  | {readonly type: 'key'; readonly press: KeyPress}
  | {readonly type: 'pasted'; readonly pasted: PastedText}
  /** A command of this screen has its answer. */
  | {readonly type: 'answered'; readonly id: number; readonly entry: Entry}
  /** Another part ran a command in this session. `atMs` is absent if that was before the screen started. */
  | {readonly type: 'observed'; readonly entry: Entry; readonly atMs?: number}
  /** The cluster may look different. */
  | {readonly type: 'refreshed'};

/** An effect that the reducer asks the store to carry out. */
export type Effect =
  | {readonly type: 'run'; readonly id: number; readonly text: string}
  | {readonly type: 'interrupt'}
  | {readonly type: 'suspend'}
  /** A command that was typed, for the history. */
  | {readonly type: 'remember'; readonly text: string}
  | {readonly type: 'quit'};

/** The facts outside the screen's state that the reducer may use at an event. */
export interface World {
  readonly view: ClusterView;
  readonly nowMs: number;
  readonly focused: LeaderId;
  readonly undoable: string | undefined;
  /** True if the data outlives the lab. */
  readonly keepsData: boolean;
  /** Present if a guided lab is open. */
  readonly guide?: GuideView;
  readonly columns: number;
  readonly rows: number;
}

export interface Step {
  readonly state: UiState;
  readonly effects: readonly Effect[];
}

/** The cluster as the screen shows it: now, or when it was frozen. */
export const shownView = (
  state: UiState,
  world: World,
): {readonly view: ClusterView; readonly nowMs: number} => state.frozen ?? world;

/**
 * Adds an item at the end of the timeline, which keeps its latest 500 items, and adds one to `nextId`. The
 * item must already have the id `state.nextId`.
 */
export const appended = (state: UiState, item: Item): UiState => ({
  ...state,
  timeline: [...state.timeline, item].slice(-TIMELINE_LIMIT),
  nextId: state.nextId + 1,
});
