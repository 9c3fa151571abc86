/**
 * What the screen itself remembers: where the keys are, what is selected, what was typed and what came of it.
 * Everything about the cluster stays in its own view.
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

/** What the keyboard tells of a paste. */
export interface PastedText {
  /** Empty where it was too long. */
  readonly text: string;
  readonly bytes: number;
}

/** A line of the timeline. */
export type Item =
  | {
      readonly type: 'command';
      readonly id: number;
      readonly text: string;
      /** The key that it was the command of. */
      readonly key?: string;
      /** Opened before the answer was there; a person may have closed it since. */
      readonly isOpened?: true;
      /** Absent for what ran before the screen was there. */
      readonly atMs?: number;
      /** Absent while it runs. */
      readonly entry?: Entry;
    }
  /** Something that no command asked for. */
  | {
      readonly type: 'notice';
      readonly id: number;
      readonly atMs: number;
      /** Whom it is about; several where they said the same at about the same time. */
      readonly leaders: readonly LeaderId[];
      readonly text: string;
      readonly tone: Tone;
    };

export type Overlay =
  | {readonly type: 'help'; readonly at: number}
  /** `item` is the `explain` that was asked for; what is there without its answer is shown meanwhile. */
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
   * The lists that grow or are sorted anew are selected by name or id, so that the selection stays on its
   * entry; absent is the first. Leaders by their place; of the lab's text, how many lines down from where its
   * newest is in sight.
   */
  readonly selected: {
    readonly topology?: string;
    readonly leaders: number;
    readonly conflicts?: number;
    readonly timeline?: number;
    readonly guide?: number;
  };
  /** Of the conflict log: only keys that contain this; while it is typed, it has the keys. */
  readonly filter: {readonly text: string; readonly isTyped: boolean};
  /** Oldest first. */
  readonly timeline: readonly Item[];
  readonly nextId: number;
  /** The picture as it was when it was frozen. */
  readonly frozen?: {readonly view: ClusterView; readonly nowMs: number};
  /** How far the person is with what the screen suggests to try. */
  readonly step: number;
  /** Statuses as last seen, to notice what happens by itself. */
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
  /** A command of ours has its answer. */
  | {readonly type: 'answered'; readonly id: number; readonly entry: Entry}
  /** Someone else ran a command in this session; `atMs` is absent when it was before the screen was there. */
  | {readonly type: 'observed'; readonly entry: Entry; readonly atMs?: number}
  /** The cluster may look different. */
  | {readonly type: 'looked'};

/** What the reducer wants done. */
export type Effect =
  | {readonly type: 'run'; readonly id: number; readonly text: string}
  | {readonly type: 'interrupt'}
  | {readonly type: 'suspend'}
  /** A command that was typed, for the history. */
  | {readonly type: 'remember'; readonly text: string}
  | {readonly type: 'quit'};

/** What the reducer may know of the world at the moment of an event. */
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

export const appended = (state: UiState, item: Item): UiState => ({
  ...state,
  timeline: [...state.timeline, item].slice(-TIMELINE_LIMIT),
  nextId: state.nextId + 1,
});
