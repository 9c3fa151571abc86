/**
 * What a key does now, in a few words for the last line of the screen.
 */
import {openPrediction} from '../../../course/guide-offer.ts';
import type {Binding, KeyAction} from '../keys/binding.ts';
import {showKey} from '../keys/bindings.ts';
import {isTimeStopped} from '../links/virtual-time.ts';
import {digitsOf, ledTo} from '../panes/guide-lead.ts';
import {hasMoreToRead} from '../panes/guide-window.ts';
import {hasHub} from '../pickers/topology-picker.ts';
import {isAtTask} from '../state/key-conditions.ts';
import type {UiState, World} from '../state/state.ts';
import {PANES} from '../text/layout.ts';
import {isStopping} from './prompt-keys.ts';
import {commandFor, selectedItem} from './targets.ts';

export interface Hint {
  readonly key: string;
  /** `says` is what the key does; `fully` names its object too, for where there is room. */
  readonly says: string;
  readonly fully?: string;
  readonly isEssential: boolean;
  /** True if the binding belongs to the pane that has the keys, not to all panes. */
  readonly isOfPane: boolean;
}

/** Empty where the key does nothing now. */
export function hintOf(binding: Binding, state: UiState, world: World): Hint[] {
  const {context, keys, hint, shown, does, isEssential = false} = binding;
  if (hint === undefined) return [];
  const usual: Hint = {
    key: shown ?? showKey(keys[0] ?? ''),
    says: hint,
    isEssential,
    isOfPane: PANES.some(pane => pane === context),
  };
  const command = commandFor(does, state, world);
  const now = (NOW[does] ?? withCommand)({state, world, command, context, hint});
  return now === undefined ? [] : [{...usual, ...now}];
}

interface Situation {
  readonly state: UiState;
  readonly world: World;
  /** The command that the key would run. */
  readonly command: string | undefined;
  readonly context: Binding['context'];
  readonly hint: string;
}

/** The differences from the usual hint; `undefined` if the key does nothing now. */
type HintNow = (situation: Situation) => Partial<Hint> | undefined;

const withCommand: HintNow = ({command}) => (command === undefined ? {} : {fully: command});
const onlyCommand: HintNow = ({command}) => (command === undefined ? undefined : {says: command});
const when = (isSo: boolean): Partial<Hint> | undefined => (isSo ? {} : undefined);

const NOW: {readonly [action in KeyAction]?: HintNow} = {
  kill: onlyCommand,
  pause: onlyCommand,
  cut: onlyCommand,
  hold: onlyCommand,
  deliver: onlyCommand,
  drop: onlyCommand,
  compare: ({command}) => (command === undefined ? undefined : {fully: command}),
  time: ({command, hint, world}) => ({says: command ?? hint, isEssential: !isTimeStopped(world.view)}),
  step: ({world}) => when(isTimeStopped(world.view)),
  run: ({state, world, hint}) => ({says: runHint(state, world) ?? hint}),
  'write-here': ({state, world, context}) =>
    context === 'topology' && selectedItem(state, world)?.type !== 'pair' ? {says: 'write here'} : {},
  'other-on': ({state: {overlay}, world}) =>
    when(overlay?.type !== 'topologies' || hasHub(overlay.at, world.view)),
  answer: ({state, world}) => {
    const open = world.guide && openPrediction(world.guide.state);
    return open === undefined || state.prompt.text !== '' ? undefined : {key: digitsOf(open.prediction)};
  },
  'lab-hint': ({world}) => when(isAtTask(world)),
  'lab-redo': ({world}) => when(world.guide !== undefined && world.guide.state.records.length > 0),
  'lab-keep': ({world}) => when(world.guide?.state.place.type === 'end'),
  undo: ({world}) => (world.undoable === undefined ? undefined : {fully: `undo: ${world.undoable}`}),
  'go-back': ({world}) => {
    const before = world.view.virtualTime?.back;
    return before === undefined ? undefined : {fully: `back: before ${before}`};
  },
  freeze: ({state}) => (state.frozen === undefined ? {} : {says: 'unfreeze', isEssential: true}),
  'to-panes': ({state, hint}) => ({says: escapeInPrompt(state) ?? hint}),
  'page-on': ({state}) => (state.overlay === undefined ? undefined : {isEssential: true}),
  close: ({state, context}) => {
    if (context !== 'panes') return {};
    const closing = closes(state);
    return closing === undefined ? undefined : {says: closing};
  },
};

/**
 * What enter does at an empty prompt, in a lab and while time stands still. All words are equally wide, so
 * that typing does not move the other hints.
 */
function runHint(state: UiState, world: World): string | undefined {
  if (!isTimeStopped(world.view) && world.guide === undefined) return undefined;
  const isEmpty = state.prompt.text.trim() === '';
  if (isEmpty && world.guide !== undefined && hasMoreToRead(state, world)) return 'read';
  const led = isEmpty ? ledTo(state, world) : undefined;
  return led === 'step' ? 'step' : led === 'next' ? 'next' : 'run ';
}

/** What escape closes or stops before it leaves the prompt. */
function escapeInPrompt(state: UiState): string | undefined {
  if (state.prompt.cycle !== undefined) return 'as typed';
  if (state.overlay !== undefined) return 'close';
  return isStopping(state) ? 'stop waiting' : undefined;
}

/** What escape closes before it leaves the panes. */
function closes({pane, filter, zoomed}: UiState): string | undefined {
  if (pane === 'conflicts' && filter.text !== '') return 'show all';
  return zoomed ? 'unzoom' : undefined;
}
