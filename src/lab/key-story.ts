/**
 * `why`: how the present value of a key came to be at one leader, write by write in the order in which they arrived there: what each
 * replaced, what it had never seen, and how the resolver decided where that made a conflict.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Frontier} from '../core/frontier.ts';
import type {Op, Write} from '../core/op.ts';
import type {Reading} from '../core/reading.ts';
import {type ResolverSpec, resolverOf} from '../core/resolvers/index.ts';
import {covers, type Dot, sameDot, showDot} from '../core/version-vector.ts';
import type {Conflict} from '../history/conflict.ts';
import {KeyFold, writesOn} from '../history/key-fold.ts';
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
  // The person's module runs at the leaders alone: what it decided is in the conflict log.
  const {resolver} = at;
  const fold = new KeyFold(resolverOf(resolver.name === 'custom' ? {name: 'siblings'} : resolver));
  const links = writes.flatMap((write, i): StoryLine[] => {
    if (i < first) {
      fold.apply(write);
      return [];
    }
    const link = linkOf(write, fold.frontier);
    const before = fold.hidden();
    fold.apply(write);
    return [link, ...(resolver.name === 'custom' ? logged(write, writes.slice(0, i), at) : decision(at, fold, before))];
  });
  return [...earlier, ...links, {leader, what: 'decided', text: `So a reader at ${leader} now sees ${showReading(reading)}.`}];
}

function linkOf(write: Write, frontier: Frontier): StoryLine {
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

/** What the resolver made of it, where there was something to decide; `hidden` is what no reader got before. */
function decision({key, leader, resolver}: KeyAtLeader, fold: KeyFold, hidden: readonly Dot[]): StoryLine[] {
  if (fold.frontier.members.length < 2 && fold.hidden().length === 0) return [];
  const fresh = fold.hidden().filter(dot => !hidden.some(other => sameDot(other, dot)));
  const text = `${resolver.name} decided: ${fold.explain(key)}. A reader at ${leader} saw ${showReading(fold.reading())}.`;
  return [
    {leader, what: 'decided', text},
    ...fresh.map((dot): StoryLine => ({leader, what: 'lost', dot, text: `From then on no reader at ${leader} got ${showDot(dot)}.`})),
  ];
}

/** The decision on a conflict whose other writes were all there before this one. */
function logged({dot}: Write, before: readonly Write[], {key, leader, conflicts}: KeyAtLeader): StoryLine[] {
  const isThere = (other: Dot) => sameDot(other, dot) || before.some(write => sameDot(write.dot, other));
  const about = conflicts.findLast(
    ({key: of, writes}) => of === key && writes.some(write => sameDot(write.dot, dot)) && writes.every(write => isThere(write.dot)),
  );
  const made = about?.decisions[leader];
  return made === undefined ? [] : [{atMs: made.atMs, leader, what: 'decided', text: `${made.resolver} decided: ${made.why}.`}];
}
