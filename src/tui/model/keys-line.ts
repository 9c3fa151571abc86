/**
 * The last line of the screen: who has the keys, and what they do now. Where room is short the way back, the
 * undo and the way out stay; what does not fit is in the help.
 */

import {openPrediction} from '../../course/guide-offer.ts';
import {type Binding, bindingsOf, type Context, showKey} from './bindings.ts';
import {digitsOf, ledTo} from './guide-lead.ts';
import {hasMoreToRead} from './guide-window.ts';
import {PANES} from './layout.ts';
import {legible} from './legible.ts';
import {contextsOf, isStopping} from './press.ts';
import {isAtTask, sceneOf} from './scene.ts';
import type {UiState, World} from './state.ts';
import {type Line, run} from './style.ts';
import {commandFor, selectedSpot} from './targets.ts';
import {lineWidth} from './text.ts';
import {hasHub} from './topology-picker.ts';
import {stands} from './virtual-time.ts';

const NAMES: {readonly [context in Context]: string} = {
  prompt: 'prompt',
  filter: 'filter',
  panes: 'panes',
  topology: 'topology',
  leaders: 'leaders',
  conflicts: 'conflicts',
  guide: 'lab',
  timeline: 'timeline',
  overlay: 'reading',
  link: 'link',
  resolvers: 'resolver',
  topologies: 'topology',
  help: 'help',
  paste: 'pasted',
  quit: 'quit?',
};

interface Hint {
  readonly key: string;
  /** What the key does, and the same with its object, for where there is room. */
  readonly says: string;
  readonly fully?: string;
  readonly isEssential: boolean;
  /** Of the pane that has the keys, not of all. */
  readonly isOfPane: boolean;
}

export function drawKeys(state: UiState, world: World, width: number): Line {
  const contexts = contextsOf(state);
  const badge: Line = [run(' '), {text: ` ${NAMES[contexts[0] ?? 'prompt']} `, tone: 'focus', mark: 'badge'}];
  const moves = contexts[0] === 'guide' ? {key: '↑↓', says: 'scroll'} : {key: '←→', says: 'select'};
  const arrows: Hint[] = contexts.includes('panes') ? [{...moves, isEssential: false, isOfPane: false}] : [];
  const hints = [
    ...arrows,
    ...contexts
      .flatMap(context => bindingsOf([context], sceneOf(world)))
      .flatMap(binding => hintOf(binding, state, world)),
  ];
  const chosen = new Map<Hint, Line>();
  let room = width - lineWidth(badge);
  const show = (hint: Hint, says: string | undefined): void => {
    if (says === undefined) return;
    const line: Line = [run('  '), run(hint.key, 'key'), run(` ${legible(says)}`, 'dim')];
    const wide = lineWidth(line) - lineWidth(chosen.get(hint) ?? []);
    if (wide > room) return;
    room -= wide;
    chosen.set(hint, line);
  };
  for (const hint of hints) if (hint.isEssential) show(hint, hint.says);
  for (const hint of hints) if (hint.isOfPane) show(hint, hint.says);
  for (const hint of arrows) show(hint, hint.says);
  for (const hint of hints) if (hint.isEssential) show(hint, hint.fully);
  for (const hint of hints) {
    if (!chosen.has(hint)) show(hint, hint.says);
    show(hint, hint.fully);
  }
  return [...badge, ...hints.flatMap(hint => chosen.get(hint) ?? [])];
}

/** None where the key does nothing now. */
function hintOf(binding: Binding, state: UiState, world: World): Hint[] {
  const {context, keys, hint, shown, deed, isEssential = false} = binding;
  const isOfPane = PANES.some(pane => pane === context);
  if (hint === undefined) return [];
  const command = commandFor(deed, state, world);
  const as = (says: string, fully?: string): Hint[] => [
    {
      key: shown ?? showKey(keys[0] ?? ''),
      says,
      isEssential,
      isOfPane,
      ...(fully === undefined ? {} : {fully}),
    },
  ];
  switch (deed) {
    case 'kill':
    case 'pause':
    case 'cut':
    case 'hold':
    case 'deliver':
    case 'drop':
      return command === undefined ? [] : as(command);
    case 'time':
      return as(command ?? hint).map(time => ({...time, isEssential: !stands(world.view)}));
    case 'step':
      return stands(world.view) ? as(hint) : [];
    case 'run':
      return as(runHint(state, world) ?? hint);
    case 'write-here':
      return context === 'topology' && selectedSpot(state, world)?.type !== 'pair'
        ? as('write here')
        : as(hint);
    case 'compare':
      return command === undefined ? [] : as(hint, command);
    case 'other-on':
      return state.overlay?.type === 'topologies' && !hasHub(state.overlay.at, world.view) ? [] : as(hint);
    case 'answer': {
      const open = world.guide && openPrediction(world.guide.state);
      return open === undefined || state.prompt.text !== ''
        ? []
        : as(hint).map(one => ({...one, key: digitsOf(open.prediction)}));
    }
    case 'lab-hint':
      return isAtTask(world) ? as(hint) : [];
    case 'lab-redo':
      return world.guide === undefined || world.guide.state.records.length === 0 ? [] : as(hint);
    case 'lab-keep':
      return world.guide?.state.place.type === 'end' ? as(hint) : [];
    case 'undo':
      return world.undoable === undefined ? [] : as(hint, `undo: ${world.undoable}`);
    case 'go-back': {
      const before = world.view.virtualTime?.back;
      return before === undefined ? [] : as(hint, `back: before ${before}`);
    }
    case 'freeze':
      return as(hint).map(freeze =>
        state.frozen ? {...freeze, says: 'unfreeze', isEssential: true} : freeze,
      );
    case 'to-panes':
      return as(escapeInPrompt(state) ?? hint);
    case 'page-on':
      return state.overlay === undefined ? [] : as(hint).map(page => ({...page, isEssential: true}));
    case 'close': {
      const closing = context === 'panes' ? closes(state) : hint;
      return closing === undefined ? [] : as(closing);
    }
    default:
      return as(hint, command);
  }
}

/**
 * What enter does at an empty prompt, in a lab and while time stands; all words are as wide, so that typing
 * moves nothing.
 */
function runHint(state: UiState, world: World): string | undefined {
  if (!stands(world.view) && world.guide === undefined) return undefined;
  const isEmpty = state.prompt.text.trim() === '';
  if (isEmpty && world.guide !== undefined && hasMoreToRead(state, world)) return 'read';
  const led = isEmpty ? ledTo(state, world) : undefined;
  return led === 'step' ? 'step' : led === 'next' ? 'next' : 'run ';
}

/** What escape takes back before it leaves the prompt. */
function escapeInPrompt(state: UiState): string | undefined {
  if (state.prompt.cycle !== undefined) return 'as typed';
  if (state.overlay !== undefined) return 'close';
  return isStopping(state) ? 'stop waiting' : undefined;
}

/** What escape takes back before it leaves the panes. */
function closes({pane, filter, zoomed}: UiState): string | undefined {
  if (pane === 'conflicts' && filter.text !== '') return 'show all';
  return zoomed ? 'unzoom' : undefined;
}
