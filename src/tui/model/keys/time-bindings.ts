/**
 * Keys that let virtual time pass, or take single messages out of it.
 */
import type {Binding} from './binding.ts';

/**
 * Keys for virtual time as a whole. They come last, so that the key that closes stays visible where room is
 * short.
 */
export const passing = (context: 'panes' | 'link'): Binding[] => [
  {
    context,
    keys: ['s'],
    does: 'step',
    hint: 'step',
    isEssential: true,
    says: 'virtual time: on to the next message',
    time: 'virtual',
  },
  {
    context,
    keys: ['space'],
    does: 'time',
    hint: 'resume',
    says: 'virtual time: let it run, or stand still',
    time: 'virtual',
  },
  {
    context,
    keys: ['b'],
    does: 'go-back',
    hint: 'back',
    isEssential: true,
    says: 'virtual time: back to before the last command',
    time: 'virtual',
  },
];

/** Keys for one message of the link. */
export const taking = (context: 'topology' | 'link'): Binding[] => [
  {
    context,
    keys: ['d'],
    does: 'deliver',
    hint: 'deliver',
    ...(context === 'link' ? {isEssential: true} : {}),
    says: 'virtual time: deliver the next message of the link',
    time: 'virtual',
  },
  {
    context,
    keys: ['D'],
    does: 'drop',
    hint: 'drop',
    says: 'virtual time: lose the next message of the link',
    time: 'virtual',
  },
];
