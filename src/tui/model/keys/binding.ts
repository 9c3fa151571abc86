/**
 * The type of a row in the table of keys.
 */
import type {TimeKind} from '../links/virtual-time.ts';
import type {LabKind} from '../state/key-conditions.ts';
import type {PaneId} from '../text/layout.ts';

/** Who gets the keys. `panes` applies in every pane, in addition to the context of the focused pane. */
export type Context =
  | 'prompt'
  | 'filter'
  | 'panes'
  | PaneId
  | 'overlay'
  | 'link'
  | 'resolvers'
  | 'topologies'
  | 'help'
  | 'paste'
  | 'quit';

export type KeyAction =
  | 'run'
  | 'complete'
  | 'complete-back'
  | 'older'
  | 'newer'
  | 'left'
  | 'right'
  | 'word-left'
  | 'word-right'
  | 'line-start'
  | 'line-end'
  | 'erase-back'
  | 'erase-forward'
  | 'erase-word'
  | 'erase-to-start'
  | 'erase-to-end'
  | 'to-panes'
  | 'to-prompt'
  | 'next-pane'
  | 'previous-pane'
  | `pane-${PaneId}`
  | 'back'
  | 'on'
  | 'page-back'
  | 'page-on'
  | 'first'
  | 'last'
  | 'open'
  | 'filter'
  | 'filter-done'
  | 'filter-erase'
  | 'filter-clear'
  | 'write-here'
  | 'zoom'
  | 'help'
  | 'undo'
  | 'freeze'
  | 'time'
  | 'step'
  | 'go-back'
  | 'deliver'
  | 'drop'
  | 'pick-resolver'
  | 'pick-topology'
  | 'choose'
  | 'other-back'
  | 'other-on'
  | 'compare'
  | 'edit-rule'
  | 'heal-all'
  | 'kill'
  | 'pause'
  | 'cut'
  | 'hold'
  | 'close'
  | 'run-selected'
  | 'quit'
  | 'quit-now'
  | 'run-pasted'
  | 'suspend'
  | 'stay'
  | 'go-on'
  | 'answer'
  | 'lab-hint'
  | 'lab-redo'
  | 'lab-keep';

export interface Binding {
  readonly context: Context;
  /** Names as `keypress.ts` gives them; the first is the one shown. */
  readonly keys: readonly string[];
  readonly does: KeyAction;
  /** Shown in the bottom line instead of the first key, if the binding belongs together with another. */
  readonly shown?: string;
  /** For the bottom line; absent where only the help lists it. */
  readonly hint?: string;
  /** Shown in the bottom line even where room is short. */
  readonly isEssential?: true;
  /** For the help. */
  readonly says: string;
  /** Absent if the binding applies in both. */
  readonly time?: TimeKind;
  /** Absent if the binding applies with and without a lab. `open` includes `asking`. */
  readonly lab?: LabKind;
}
