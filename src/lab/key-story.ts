/**
 * `why`: how the present value of a key came to be at one leader, write by write in the order in which they arrived there: what each
 * replaced, what it had never seen, and how the resolver decided where that made a conflict.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Op, Write} from '../core/op.ts';
import type {Reading} from '../core/reading.ts';
import {type ResolverSpec, resolverOf} from '../core/resolvers/index.ts';
import {covers, type Dot, sameDot, showDot} from '../core/version-vector.ts';
import type {Conflict} from '../history/conflict.ts';
import {foldKey, type KeyFold, writesOn} from '../history/key-fold.ts';
import type {StoryLine} from '../history/story.ts';
import {listed} from './list.ts';
import {showKeyWrite} from './show-op.ts';
import {showReading} from './show-value.ts';

/** So many writes are told. */
const LINKS = 20;

export interface KeyAtLeader {
  readonly key: Key;
  readonly leader: LeaderId;
  /** What the leader has applied, in its order. */
  readonly ops: readonly Op[];
  readonly resolver: ResolverSpec;
  readonly reading: Reading;
  readonly conflicts: readonly Conflict[];
}

export function keyStory(at: KeyAtLeader): readonly StoryLine[] {
  const {key, leader, reading} = at;
  const writes = writesOn(key, at.ops);
  const first = Math.max(0, writes.length - LINKS);
  const earlier: StoryLine[] =
    first === 0 ? [] : [{leader, what: 'wrote', text: `${first} earlier ${first === 1 ? 'write' : 'writes'} came before these.`}];
  const decide = decider(at);
  const links = writes.slice(first).flatMap((write, i) => decide(write, writes.slice(0, first + i)));
  return [...earlier, ...links, {leader, what: 'decided', text: `So a reader at ${leader} now sees ${showReading(reading)}.`}];
}

/** The lines of one write, given those before it. The person's module runs at the leaders alone: what it decided is in the conflict log. */
function decider(at: KeyAtLeader): (write: Write, before: readonly Write[]) => StoryLine[] {
  const {resolver} = at;
  if (resolver.name === 'custom') {
    const siblings = resolverOf({name: 'siblings'});
    return (write, before) => [linkOf(write, foldKey(siblings, before)), ...logged(write, before, at)];
  }
  const lens = resolverOf(resolver);
  return (write, before) => {
    const [was, is] = [foldKey(lens, before), foldKey(lens, [...before, write])];
    return [linkOf(write, was), ...decision(at, was, is)];
  };
}

function linkOf(write: Write, {frontier}: KeyFold): StoryLine {
  const {dot, after, change} = write;
  const unseen = frontier.members.filter(member => !covers(after, member.dot)).map(member => member.dot);
  const replaced = change.saw.length === 0 ? 'It replaced nothing' : `It replaced ${names(change.saw)}`;
  const isStale = covers(frontier.context, dot);
  const sight = isStale
    ? ', and arrived behind a write that had seen it'
    : unseen.length === 0
      ? ''
      : `, and had not seen ${names(unseen)}`;
  const what = change.saw.length > 1 ? 'merged' : 'wrote';
  return {leader: dot.origin, what, dot, text: `${dot.origin} wrote ${showDot(dot)}: ${showKeyWrite(change)}. ${replaced}${sight}.`};
}

const names = (dots: readonly Dot[]): string => listed(dots.map(showDot));

/** What the resolver made of it, where there was something to decide. */
function decision({key, leader, resolver}: KeyAtLeader, was: KeyFold, is: KeyFold): StoryLine[] {
  const isDecided = is.frontier.members.length > 1 || hidden(is).length > 0;
  if (!isDecided) return [];
  const fresh = hidden(is).filter(dot => !hidden(was).some(other => sameDot(other, dot)));
  return [
    {leader, what: 'decided', text: `${resolver.name} decided: ${is.explain(key)}. A reader at ${leader} saw ${showReading(is.reading)}.`},
    ...fresh.map((dot): StoryLine => ({leader, what: 'lost', dot, text: `No reader at ${leader} got ${showDot(dot)} any more.`})),
  ];
}

/** Writes that nothing has replaced, and that no reader gets all the same. */
const hidden = ({frontier, shows}: KeyFold): readonly Dot[] => frontier.members.map(({dot}) => dot).filter(dot => !shows(dot));

/** The decision on a conflict whose other writes were all there before this one. */
function logged({dot}: Write, before: readonly Write[], {key, leader, conflicts}: KeyAtLeader): StoryLine[] {
  const isThere = (other: Dot) => sameDot(other, dot) || before.some(write => sameDot(write.dot, other));
  const about = conflicts.findLast(
    ({key: of, writes}) => of === key && writes.some(write => sameDot(write.dot, dot)) && writes.every(write => isThere(write.dot)),
  );
  const made = about?.decisions[leader];
  return made === undefined ? [] : [{atMs: made.atMs, leader, what: 'decided', text: `${made.resolver} decided: ${made.why}.`}];
}
