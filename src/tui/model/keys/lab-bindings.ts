/**
 * Keys of a guided lab: answers, hints, redo, and going on.
 */
import type {Binding} from './binding.ts';

/** The digits that answer a lab's question. They take precedence over the digits that select panes. */
export const guiding = (context: 'prompt' | 'guide'): Binding[] => [
  {
    context,
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    does: 'answer',
    hint: 'choose',
    isEssential: true,
    says:
      context === 'prompt' ? "answer the lab's question, at an empty prompt" : "answer the lab's question",
    lab: 'asking',
  },
  ...(context === 'prompt' ? labKeys(context) : []),
];

export const labKeys = (context: 'prompt' | 'panes'): Binding[] => [
  {
    context,
    keys: ['ctrl-t'],
    does: 'lab-hint',
    hint: 'hint',
    isEssential: true,
    says: 'a hint for the task',
    lab: 'open',
  },
  {
    context,
    keys: ['ctrl-r'],
    does: 'lab-redo',
    hint: 'redo',
    isEssential: true,
    says: 'restart the step of the lab',
    lab: 'open',
  },
  {
    context,
    keys: ['ctrl-o'],
    does: 'lab-keep',
    hint: 'keep',
    says: 'write what was done to a command file',
    lab: 'open',
  },
];

export const LAB_BINDINGS: readonly Binding[] = [
  ...guiding('guide'),
  {
    context: 'guide',
    keys: ['enter'],
    does: 'go-on',
    hint: 'go on',
    says: "run the lab's next command, or go on to its next step",
  },
  ...labKeys('panes'),
];
