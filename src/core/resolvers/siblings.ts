/**
 * `siblings`: everything on the frontier is shown, and the client's next write, which has seen all of it, is
 * the merge.
 *
 * Seen in Riak (`allow_mult=true`) and in Dynamo (DeCandia et al., 2007).
 */

import {effectOf} from '../log/op.ts';
import {sameDot} from '../log/version-vector.ts';
import type {Frontier} from '../state/frontier.ts';
import {ABSENT, type Reading, type Sibling} from '../state/reading.ts';
import {fewDots} from './reasons.ts';
import type {Resolver} from './resolver.ts';

export function readSiblings(frontier: Frontier): Reading {
  const siblings = frontier.members.map(({dot, change}): Sibling => {
    const value = effectOf(change);
    return value === undefined ? {dot} : {dot, value};
  });
  if (siblings.every(({value}) => value === undefined)) return ABSENT;
  const [first] = siblings;
  if (siblings.length === 1 && first?.value !== undefined) return {type: 'value', value: first.value};
  return {type: 'siblings', siblings};
}

export const siblings: Resolver<null> = {
  name: 'siblings',
  summary: 'every concurrent write; the next write is the merge',
  seenIn: 'Riak allow_mult, Dynamo',
  convergent: true,
  madeOf: 'frontier',
  initial: () => null,
  apply: () => null,
  read: (_state, frontier) => readSiblings(frontier),
  shown: (_state, frontier) => (frontier.members.length === 1 ? frontier.members[0]?.dot : undefined),
  shows: (_state, {members}, dot) => members.some(member => sameDot(member.dot, dot)),
  explain: (_key, _state, {members}) =>
    members.length > 1
      ? `${fewDots(members, ' and ')} had not seen each other: all are kept until a write that has seen them`
      : 'one write that has seen every other',
};
