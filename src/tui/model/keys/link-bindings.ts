/**
 * Keys while one link is inspected.
 */
import type {Binding} from './binding.ts';
import {passing, taking} from './time-bindings.ts';

export const LINK_BINDINGS: readonly Binding[] = [
  {
    context: 'link',
    keys: ['c'],
    does: 'cut',
    hint: 'cut',
    isEssential: true,
    says: 'cut the link, or heal it',
  },
  {
    context: 'link',
    keys: ['o'],
    does: 'hold',
    hint: 'hold',
    isEssential: true,
    says: 'hold the link, or release it',
  },
  {
    context: 'link',
    keys: ['e'],
    does: 'edit-rule',
    hint: 'latency, loss …',
    says: 'latency, loss and the rest, at the prompt',
  },
  {
    context: 'link',
    keys: ['left', 'h'],
    does: 'other-back',
    shown: '←→',
    hint: 'other links',
    says: 'the link before',
  },
  {context: 'link', keys: ['right', 'l'], does: 'other-on', says: 'the next link'},
  {context: 'link', keys: ['up', 'k'], does: 'back', shown: '↑↓', hint: 'scroll', says: 'up'},
  {context: 'link', keys: ['down', 'j'], does: 'on', says: 'down'},
  {context: 'link', keys: ['page-up'], does: 'page-back', says: 'a page up'},
  {context: 'link', keys: ['page-down'], does: 'page-on', says: 'a page down', time: 'virtual'},
  {context: 'link', keys: ['page-down', 'space'], does: 'page-on', says: 'a page down', time: 'real'},
  {context: 'link', keys: ['z'], does: 'undo', hint: 'undo', says: 'undo the last fault'},
  {context: 'link', keys: [':', 'i'], does: 'to-prompt', hint: 'prompt', says: 'to the prompt'},
  {
    context: 'link',
    keys: ['esc', 'enter', 'q'],
    does: 'close',
    hint: 'close',
    isEssential: true,
    says: 'close',
  },
  {context: 'link', keys: ['ctrl-c'], does: 'quit-now', says: 'quit at once'},
  ...taking('link'),
  ...passing('link'),
];
