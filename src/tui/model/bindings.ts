/**
 * The one table of keys. What a key does, the line at the bottom of the screen and the help are all read from
 * it.
 *
 * In the panes hjkl move, as arrows do; so `x` (not `k`) kills, and every other letter keeps to one meaning
 * on the whole screen.
 */
import type {PaneId} from './layout.ts';
import type {LabKind, Scene} from './scene.ts';
import type {TimeKind} from './virtual-time.ts';

/** Who has the keys. `panes` holds in every pane, beside the focused pane's own. */
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

export type Deed =
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
  readonly deed: Deed;
  /** In the bottom line instead of the first key, where it belongs together with another. */
  readonly shown?: string;
  /** For the bottom line; absent where only the help lists it. */
  readonly hint?: string;
  /** In the bottom line even where room is short. */
  readonly isEssential?: true;
  /** For the help. */
  readonly says: string;
  /** Absent where it holds whatever passes. */
  readonly time?: TimeKind;
  /** Absent where it holds with and without a lab; `open` holds while one asks, too. */
  readonly lab?: LabKind;
}

/** Of the lists to choose from: `other` is what left and right change. `@` does so too. */
const picking = (
  context: 'resolvers' | 'topologies',
  opened: readonly string[],
  other: string,
  otherSays: string,
): Binding[] => [
  {context, keys: ['enter'], deed: 'choose', hint: 'switch', isEssential: true, says: 'switch to it'},
  {context, keys: ['up', 'k'], deed: 'back', shown: '↑↓', hint: 'choose', says: 'up'},
  {context, keys: ['down', 'j'], deed: 'on', says: 'down'},
  {context, keys: ['left', 'h'], deed: 'other-back', says: `${otherSays}, the one before`},
  {context, keys: ['right', 'l', '@'], deed: 'other-on', shown: '←→', hint: other, says: otherSays},
  {context, keys: ['home', 'g'], deed: 'first', says: 'the first'},
  {context, keys: ['end', 'G'], deed: 'last', says: 'the last'},
  {context, keys: ['esc', 'q', ...opened], deed: 'close', hint: 'close', isEssential: true, says: 'close'},
  {context, keys: [':', 'i'], deed: 'to-prompt', says: 'to the prompt'},
  {context, keys: ['ctrl-c'], deed: 'quit-now', says: 'quit at once'},
];

/** Virtual time as a whole. Last, so that where room is short the way out stays before them. */
const passing = (context: 'panes' | 'link'): Binding[] => [
  {
    context,
    keys: ['s'],
    deed: 'step',
    hint: 'step',
    isEssential: true,
    says: 'virtual time: on to the next message',
    time: 'virtual',
  },
  {
    context,
    keys: ['space'],
    deed: 'time',
    hint: 'resume',
    says: 'virtual time: let it run, or stand still',
    time: 'virtual',
  },
  {
    context,
    keys: ['b'],
    deed: 'go-back',
    hint: 'back',
    isEssential: true,
    says: 'virtual time: back to before the last command',
    time: 'virtual',
  },
];

/** Of a guided lab. Its answers stand before the panes' own digits. */
const guiding = (context: 'prompt' | 'guide'): Binding[] => [
  {
    context,
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    deed: 'answer',
    hint: 'choose',
    isEssential: true,
    says:
      context === 'prompt' ? "answer the lab's question, at an empty prompt" : "answer the lab's question",
    lab: 'asking',
  },
  ...(context === 'prompt' ? labKeys(context) : []),
];

const labKeys = (context: 'prompt' | 'panes'): Binding[] => [
  {
    context,
    keys: ['ctrl-t'],
    deed: 'lab-hint',
    hint: 'hint',
    isEssential: true,
    says: 'a hint for the task',
    lab: 'open',
  },
  {
    context,
    keys: ['ctrl-r'],
    deed: 'lab-redo',
    hint: 'redo',
    isEssential: true,
    says: 'begin the step of the lab anew',
    lab: 'open',
  },
  {
    context,
    keys: ['ctrl-o'],
    deed: 'lab-keep',
    hint: 'keep',
    says: 'write what was done to a command file',
    lab: 'open',
  },
];

/** One message of the link. */
const taking = (context: 'topology' | 'link'): Binding[] => [
  {
    context,
    keys: ['d'],
    deed: 'deliver',
    hint: 'deliver',
    ...(context === 'link' ? {isEssential: true} : {}),
    says: 'virtual time: deliver the next message of the link',
    time: 'virtual',
  },
  {
    context,
    keys: ['D'],
    deed: 'drop',
    hint: 'drop',
    says: 'virtual time: lose the next message of the link',
    time: 'virtual',
  },
];

const EVERYWHERE: readonly Context[] = [
  'prompt',
  'panes',
  'filter',
  'overlay',
  'link',
  'resolvers',
  'topologies',
  'help',
  'paste',
  'quit',
];

const BINDINGS: readonly Binding[] = [
  ...guiding('guide'),
  {
    context: 'guide',
    keys: ['enter'],
    deed: 'go-on',
    hint: 'go on',
    says: "run the lab's next command, or go on to its next step",
  },
  ...labKeys('panes'),
  {
    context: 'prompt',
    keys: ['enter'],
    deed: 'run',
    hint: 'run',
    isEssential: true,
    says: 'run the command',
    time: 'real',
  },
  {
    context: 'prompt',
    keys: ['enter'],
    deed: 'run',
    hint: 'run',
    isEssential: true,
    says: 'run the command; at an empty prompt, step while virtual time stands',
    time: 'virtual',
  },
  ...guiding('prompt'),
  {
    context: 'prompt',
    keys: ['tab'],
    deed: 'complete',
    hint: 'complete',
    says: 'complete, then the next candidate; at an empty prompt, take what is suggested',
  },
  {context: 'prompt', keys: ['shift-tab'], deed: 'complete-back', says: 'the candidate before'},
  {context: 'prompt', keys: ['up', 'ctrl-p'], deed: 'older', hint: 'history', says: 'an older command'},
  {context: 'prompt', keys: ['down', 'ctrl-n'], deed: 'newer', says: 'a newer command'},
  {context: 'prompt', keys: ['left', 'ctrl-b'], deed: 'left', says: 'one character left'},
  {context: 'prompt', keys: ['right', 'ctrl-f'], deed: 'right', says: 'one character right'},
  {context: 'prompt', keys: ['alt-b'], deed: 'word-left', says: 'one word left'},
  {context: 'prompt', keys: ['alt-f'], deed: 'word-right', says: 'one word right'},
  {context: 'prompt', keys: ['ctrl-a', 'home'], deed: 'line-start', says: 'to the start'},
  {context: 'prompt', keys: ['ctrl-e', 'end'], deed: 'line-end', says: 'to the end'},
  {context: 'prompt', keys: ['backspace', 'ctrl-h'], deed: 'erase-back', says: 'erase the character before'},
  {context: 'prompt', keys: ['delete', 'ctrl-d'], deed: 'erase-forward', says: 'erase the character after'},
  {context: 'prompt', keys: ['ctrl-w'], deed: 'erase-word', says: 'erase the word before'},
  {context: 'prompt', keys: ['ctrl-u'], deed: 'erase-to-start', says: 'erase everything before'},
  {context: 'prompt', keys: ['ctrl-k'], deed: 'erase-to-end', says: 'erase everything after'},
  {
    context: 'prompt',
    keys: ['?'],
    deed: 'help',
    hint: 'help',
    isEssential: true,
    says: 'this help, at an empty prompt',
  },
  {context: 'prompt', keys: ['page-up'], deed: 'page-back', says: 'a page up in an answer'},
  {context: 'prompt', keys: ['page-down'], deed: 'page-on', hint: 'page', says: 'a page down in an answer'},
  {
    context: 'prompt',
    keys: ['esc'],
    deed: 'to-panes',
    hint: 'panes',
    isEssential: true,
    says: 'close an answer, stop what is running, or give the keys to the panes',
  },
  {context: 'prompt', keys: ['ctrl-c'], deed: 'quit-now', hint: 'quit', isEssential: true, says: 'quit'},

  {
    context: 'panes',
    keys: [':', 'i'],
    deed: 'to-prompt',
    hint: 'prompt',
    isEssential: true,
    says: 'back to the prompt',
  },
  {context: 'panes', keys: ['tab'], deed: 'next-pane', hint: 'pane', says: 'the next pane'},
  {context: 'panes', keys: ['shift-tab'], deed: 'previous-pane', says: 'the pane before'},
  {context: 'panes', keys: ['1'], deed: 'pane-topology', says: 'the topology'},
  {context: 'panes', keys: ['2'], deed: 'pane-leaders', says: 'the leaders'},
  {context: 'panes', keys: ['3'], deed: 'pane-conflicts', says: 'the conflict log'},
  {context: 'panes', keys: ['4'], deed: 'pane-timeline', says: 'the timeline', lab: 'none'},
  {context: 'panes', keys: ['4'], deed: 'pane-guide', says: 'the lab', lab: 'open'},
  {
    context: 'panes',
    keys: ['5'],
    deed: 'pane-timeline',
    says: "the timeline, in the lab's place",
    lab: 'open',
  },
  {context: 'panes', keys: ['left', 'up', 'h', 'k'], deed: 'back', says: 'select the one before'},
  {context: 'panes', keys: ['right', 'down', 'l', 'j'], deed: 'on', says: 'select the next'},
  {context: 'panes', keys: ['page-up'], deed: 'page-back', says: 'a page back'},
  {context: 'panes', keys: ['page-down'], deed: 'page-on', says: 'a page on'},
  {context: 'panes', keys: ['home', 'g'], deed: 'first', says: 'the first'},
  {context: 'panes', keys: ['end', 'G'], deed: 'last', says: 'the last'},
  {context: 'panes', keys: ['z'], deed: 'undo', hint: 'undo', isEssential: true, says: 'undo the last fault'},
  {
    context: 'panes',
    keys: ['r'],
    deed: 'pick-resolver',
    hint: 'resolver',
    says: 'choose another resolver, for the cluster or one leader',
  },
  {context: 'panes', keys: ['t'], deed: 'pick-topology', hint: 'topology', says: 'choose another topology'},
  {context: 'panes', keys: ['a'], deed: 'heal-all', says: 'heal all links'},
  {
    context: 'panes',
    keys: ['+', '='],
    deed: 'zoom',
    hint: 'zoom',
    says: 'the pane alone on the screen, and back',
  },
  {
    context: 'panes',
    keys: ['space'],
    deed: 'freeze',
    hint: 'freeze',
    says: 'freeze the picture; the cluster runs on',
    time: 'real',
  },
  {
    context: 'panes',
    keys: ['?'],
    deed: 'help',
    hint: 'help',
    isEssential: true,
    says: 'this help, also at an empty prompt',
  },
  {
    context: 'panes',
    keys: ['esc'],
    deed: 'close',
    hint: 'back',
    isEssential: true,
    says: 'show all conflicts again, leave the zoom, or go back to the prompt',
  },
  {
    context: 'panes',
    keys: ['q'],
    deed: 'quit',
    hint: 'quit',
    isEssential: true,
    says: 'quit; asks when a dead leader holds what no other has',
  },
  {context: 'panes', keys: ['ctrl-c'], deed: 'quit-now', says: 'quit at once'},
  ...passing('panes'),

  ...taking('topology'),
  {
    context: 'topology',
    keys: ['x'],
    deed: 'kill',
    hint: 'kill',
    says: 'kill the selected leader, or restart it',
  },
  {
    context: 'topology',
    keys: ['p'],
    deed: 'pause',
    hint: 'pause',
    says: 'pause the selected leader, or resume it',
  },
  {context: 'topology', keys: ['c'], deed: 'cut', hint: 'cut', says: 'cut the selected link, or heal it'},
  {
    context: 'topology',
    keys: ['o'],
    deed: 'hold',
    hint: 'hold',
    says: 'hold the selected link, or release it',
  },
  {
    context: 'topology',
    keys: ['enter'],
    deed: 'write-here',
    hint: 'inspect',
    says: 'a selected link in full; a selected leader becomes the one that commands go to',
  },
  {
    context: 'leaders',
    keys: ['x'],
    deed: 'kill',
    hint: 'kill',
    says: 'kill the selected leader, or restart it',
  },
  {
    context: 'leaders',
    keys: ['p'],
    deed: 'pause',
    hint: 'pause',
    says: 'pause the selected leader, or resume it',
  },
  {
    context: 'leaders',
    keys: ['enter'],
    deed: 'write-here',
    hint: 'write here',
    says: 'back to the prompt; commands then go to this leader',
  },
  {
    context: 'conflicts',
    keys: ['enter'],
    deed: 'open',
    hint: 'whole story',
    says: 'the whole story of the conflict',
  },
  {
    context: 'conflicts',
    keys: ['/'],
    deed: 'filter',
    hint: 'filter',
    says: 'only the conflicts on keys that contain a text; esc shows all again',
  },
  ...(['topology', 'leaders', 'timeline', 'guide'] as const).map(
    (context): Binding => ({
      context,
      keys: ['/'],
      deed: 'filter',
      says: 'go to the conflicts and filter them by key',
    }),
  ),
  {
    context: 'conflicts',
    keys: ['v'],
    deed: 'compare',
    hint: 'compare',
    says: 'what every resolver makes of the key',
  },
  {
    context: 'timeline',
    keys: ['enter'],
    deed: 'open',
    hint: 'whole answer',
    says: 'the whole answer to the command',
  },

  {
    context: 'filter',
    keys: ['enter', 'tab', 'up', 'down'],
    deed: 'filter-done',
    hint: 'done',
    says: 'keep the filter',
  },
  {context: 'filter', keys: ['esc', 'ctrl-u'], deed: 'filter-clear', hint: 'show all', says: 'no filter'},
  {context: 'filter', keys: ['backspace', 'ctrl-h'], deed: 'filter-erase', says: 'erase the last character'},
  {context: 'filter', keys: ['ctrl-c'], deed: 'quit-now', says: 'quit at once'},

  {context: 'overlay', keys: ['esc', 'enter', 'q'], deed: 'close', hint: 'close', says: 'close'},
  {context: 'overlay', keys: ['up', 'k'], deed: 'back', shown: '↑↓', hint: 'scroll', says: 'up'},
  {context: 'overlay', keys: ['down', 'j'], deed: 'on', says: 'down'},
  {context: 'overlay', keys: ['page-up'], deed: 'page-back', says: 'a page up'},
  {context: 'overlay', keys: ['page-down', 'space'], deed: 'page-on', says: 'a page down'},
  {context: 'overlay', keys: ['left', 'h'], deed: 'first', says: 'to the top'},
  {context: 'overlay', keys: [':', 'i'], deed: 'to-prompt', hint: 'prompt', says: 'back to the prompt'},
  {context: 'overlay', keys: ['ctrl-c'], deed: 'quit-now', says: 'quit at once'},

  {
    context: 'link',
    keys: ['c'],
    deed: 'cut',
    hint: 'cut',
    isEssential: true,
    says: 'cut the link, or heal it',
  },
  {
    context: 'link',
    keys: ['o'],
    deed: 'hold',
    hint: 'hold',
    isEssential: true,
    says: 'hold the link, or release it',
  },
  {
    context: 'link',
    keys: ['e'],
    deed: 'edit-rule',
    hint: 'latency, loss …',
    says: 'latency, loss and the rest, at the prompt',
  },
  {
    context: 'link',
    keys: ['left', 'h'],
    deed: 'other-back',
    shown: '←→',
    hint: 'other links',
    says: 'the link before',
  },
  {context: 'link', keys: ['right', 'l'], deed: 'other-on', says: 'the next link'},
  {context: 'link', keys: ['up', 'k'], deed: 'back', shown: '↑↓', hint: 'scroll', says: 'up'},
  {context: 'link', keys: ['down', 'j'], deed: 'on', says: 'down'},
  {context: 'link', keys: ['page-up'], deed: 'page-back', says: 'a page up'},
  {context: 'link', keys: ['page-down'], deed: 'page-on', says: 'a page down', time: 'virtual'},
  {context: 'link', keys: ['page-down', 'space'], deed: 'page-on', says: 'a page down', time: 'real'},
  {context: 'link', keys: ['z'], deed: 'undo', hint: 'undo', says: 'undo the last fault'},
  {context: 'link', keys: [':', 'i'], deed: 'to-prompt', hint: 'prompt', says: 'to the prompt'},
  {
    context: 'link',
    keys: ['esc', 'enter', 'q'],
    deed: 'close',
    hint: 'close',
    isEssential: true,
    says: 'close',
  },
  {context: 'link', keys: ['ctrl-c'], deed: 'quit-now', says: 'quit at once'},
  ...taking('link'),
  ...passing('link'),

  ...picking('resolvers', ['r'], 'for whom', 'the cluster, or one leader'),
  ...picking('topologies', ['t'], 'hub', 'the hub of a star'),

  {
    context: 'help',
    keys: ['enter'],
    deed: 'run-selected',
    hint: 'do it',
    says: 'do it, or put the command at the prompt',
  },
  {context: 'help', keys: ['up', 'k'], deed: 'back', shown: '↑↓', hint: 'choose', says: 'up'},
  {context: 'help', keys: ['down', 'j'], deed: 'on', says: 'down'},
  {context: 'help', keys: ['page-up'], deed: 'page-back', says: 'a page up'},
  {context: 'help', keys: ['page-down', 'space'], deed: 'page-on', hint: 'page', says: 'a page down'},
  {context: 'help', keys: ['home', 'g'], deed: 'first', says: 'the first'},
  {context: 'help', keys: ['end', 'G'], deed: 'last', says: 'the last'},
  {context: 'help', keys: ['esc', '?', 'q'], deed: 'close', hint: 'close', says: 'close'},
  {context: 'help', keys: ['ctrl-c'], deed: 'quit-now', says: 'quit at once'},

  {
    context: 'paste',
    keys: ['enter'],
    deed: 'run-pasted',
    hint: 'run all of it',
    isEssential: true,
    says: 'run what was pasted, in order',
  },
  {
    context: 'paste',
    keys: ['esc', 'q'],
    deed: 'close',
    hint: 'run nothing',
    isEssential: true,
    says: 'run nothing of what was pasted',
  },
  {context: 'paste', keys: ['up', 'k'], deed: 'back', shown: '↑↓', hint: 'scroll', says: 'up'},
  {context: 'paste', keys: ['down', 'j'], deed: 'on', says: 'down'},
  {context: 'paste', keys: ['page-up'], deed: 'page-back', says: 'a page up'},
  {context: 'paste', keys: ['page-down', 'space'], deed: 'page-on', says: 'a page down'},
  {context: 'paste', keys: ['ctrl-c'], deed: 'quit-now', says: 'quit at once'},

  {
    context: 'quit',
    keys: ['y', 'enter', 'ctrl-c'],
    deed: 'quit-now',
    hint: 'quit and lose them',
    says: 'quit',
  },
  {context: 'quit', keys: ['n', 'esc', 'q'], deed: 'stay', hint: 'stay', says: 'stay'},

  ...EVERYWHERE.map(
    (context): Binding => ({
      context,
      keys: ['ctrl-z'],
      deed: 'suspend',
      says: 'suspend the lab; fg in the shell brings it back',
    }),
  ),
];

const GLYPHS: {readonly [key: string]: string} = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  'page-up': 'pgup',
  'page-down': 'pgdn',
};

export const showKey = (key: string): string => GLYPHS[key] ?? key;

const holds = (binding: Binding, {time, lab}: Scene): boolean => {
  const isInLab =
    binding.lab === undefined || binding.lab === lab || (binding.lab === 'open' && lab === 'asking');
  return isInLab && (binding.time === undefined || binding.time === time);
};

/** The binding that holds for the key, the first context first. */
export function findBinding(contexts: readonly Context[], key: string, scene: Scene): Binding | undefined {
  for (const context of contexts) {
    const found = BINDINGS.find(
      binding => binding.context === context && binding.keys.includes(key) && holds(binding, scene),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

export const bindingsOf = (contexts: readonly Context[], scene: Scene): Binding[] =>
  BINDINGS.filter(binding => contexts.includes(binding.context) && holds(binding, scene));
