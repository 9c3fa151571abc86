/**
 * Keys at the prompt, and while the filter of the conflict log is typed.
 */
import type {Binding} from './binding.ts';
import {guiding} from './lab-bindings.ts';

export const PROMPT_BINDINGS: readonly Binding[] = [
  {
    context: 'prompt',
    keys: ['enter'],
    does: 'run',
    hint: 'run',
    isEssential: true,
    says: 'run the command',
    time: 'real',
  },
  {
    context: 'prompt',
    keys: ['enter'],
    does: 'run',
    hint: 'run',
    isEssential: true,
    says: 'run the command; at an empty prompt, step while virtual time stands',
    time: 'virtual',
  },
  ...guiding('prompt'),
  {
    context: 'prompt',
    keys: ['tab'],
    does: 'complete',
    hint: 'complete',
    says: 'complete, then the next candidate; at an empty prompt, take what is suggested',
  },
  {context: 'prompt', keys: ['shift-tab'], does: 'complete-back', says: 'the candidate before'},
  {context: 'prompt', keys: ['up', 'ctrl-p'], does: 'older', hint: 'history', says: 'an older command'},
  {context: 'prompt', keys: ['down', 'ctrl-n'], does: 'newer', says: 'a newer command'},
  {context: 'prompt', keys: ['left', 'ctrl-b'], does: 'left', says: 'one character left'},
  {context: 'prompt', keys: ['right', 'ctrl-f'], does: 'right', says: 'one character right'},
  {context: 'prompt', keys: ['alt-b'], does: 'word-left', says: 'one word left'},
  {context: 'prompt', keys: ['alt-f'], does: 'word-right', says: 'one word right'},
  {context: 'prompt', keys: ['ctrl-a', 'home'], does: 'line-start', says: 'to the start'},
  {context: 'prompt', keys: ['ctrl-e', 'end'], does: 'line-end', says: 'to the end'},
  {context: 'prompt', keys: ['backspace', 'ctrl-h'], does: 'erase-back', says: 'erase the character before'},
  {context: 'prompt', keys: ['delete', 'ctrl-d'], does: 'erase-forward', says: 'erase the character after'},
  {context: 'prompt', keys: ['ctrl-w'], does: 'erase-word', says: 'erase the word before'},
  {context: 'prompt', keys: ['ctrl-u'], does: 'erase-to-start', says: 'erase everything before'},
  {context: 'prompt', keys: ['ctrl-k'], does: 'erase-to-end', says: 'erase everything after'},
  {
    context: 'prompt',
    keys: ['?'],
    does: 'help',
    hint: 'help',
    isEssential: true,
    says: 'this help, at an empty prompt',
  },
  {context: 'prompt', keys: ['page-up'], does: 'page-back', says: 'a page up in an answer'},
  {context: 'prompt', keys: ['page-down'], does: 'page-on', hint: 'page', says: 'a page down in an answer'},
  {
    context: 'prompt',
    keys: ['esc'],
    does: 'to-panes',
    hint: 'panes',
    isEssential: true,
    says: 'close an answer, stop what is running, or give the keys to the panes',
  },
  {context: 'prompt', keys: ['ctrl-c'], does: 'quit-now', hint: 'quit', isEssential: true, says: 'quit'},
];

export const FILTER_BINDINGS: readonly Binding[] = [
  {
    context: 'filter',
    keys: ['enter', 'tab', 'up', 'down'],
    does: 'filter-done',
    hint: 'done',
    says: 'keep the filter',
  },
  {context: 'filter', keys: ['esc', 'ctrl-u'], does: 'filter-clear', hint: 'show all', says: 'no filter'},
  {context: 'filter', keys: ['backspace', 'ctrl-h'], does: 'filter-erase', says: 'erase the last character'},
  {context: 'filter', keys: ['ctrl-c'], does: 'quit-now', says: 'quit at once'},
];
