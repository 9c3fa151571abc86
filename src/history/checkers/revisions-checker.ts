/**
 * `revisions`: the place of every write in the tree of edits, under each resolver (CouchDB's rule). A write
 * edits one revision, the one that `revision` showed at its leader when it was made: of the leaves that its
 * origin had, a live one with the longest history. Its generation is one more than that of what it edits. The
 * first write of a key edits nothing, and its generation is 1.
 *
 * If there are several such leaves, only a hash decides between them, so the checker accepts each of them. If
 * the origin had a write but lacked its parent, only the generation is checked.
 *
 * Cost: for each key the square of its writes; keys with very many writes are skipped.
 */
import type {Key} from '../../base/ids.ts';
import {DotMap} from '../../core/log/dot-map.ts';
import {effectOf, happenedBefore, type Op, type Write, writeOf} from '../../core/log/op.ts';
import {type Dot, showDot} from '../../core/log/version-vector.ts';
import type {FinalLeader, Trace} from '../trace.ts';
import type {Violation} from './check-verdict.ts';
import {editedBy, longest, revisionsOf} from './visible-effects.ts';

const WRITES_LIMIT = 1000;

export function checkRevisions({ends}: Trace): Violation | undefined {
  for (const [key, writes] of writesIn(ends)) {
    if (writes.length > WRITES_LIMIT) continue;
    const fault = faultIn(writes);
    if (fault !== undefined)
      return {
        checker: 'revisions',
        text: `of ${key} ${fault.text}`,
        dots: [fault.dot],
        leaders: [fault.dot.origin],
      };
  }
  return undefined;
}

/** The writes of all leaders by key, because a halted leader has fewer than others. */
function writesIn(ends: readonly FinalLeader[]): Map<Key, Write[]> {
  const [has, byKey] = [new DotMap<Op>(), new Map<Key, Write[]>()];
  for (const op of ends.flatMap(({ops}) => ops)) {
    if (has.has(op.dot)) continue;
    has.set(op.dot, op);
    for (const change of op.writes) {
      const writes = byKey.get(change.key);
      if (writes === undefined) byKey.set(change.key, [writeOf(op, change)]);
      else writes.push(writeOf(op, change));
    }
  }
  return byKey;
}

/** A write, its parents, and the revision that it makes. */
interface Edit {
  readonly write: Write;
  readonly edited: readonly string[];
  readonly revision: number | undefined;
}

function faultIn(writes: readonly Write[]): {readonly text: string; readonly dot: Dot} | undefined {
  const made = revisionsOf(writes);
  const edits = new Map<string, Edit>();
  for (const write of writes) {
    const name = showDot(write.dot);
    edits.set(name, {write, edited: editedBy(write), revision: made.get(name)});
  }
  for (const edit of edits.values()) {
    const text = editFault(edit, edits);
    if (text !== undefined) return {text, dot: edit.write.dot};
  }
  return undefined;
}

function editFault({write, edited}: Edit, edits: ReadonlyMap<string, Edit>): string | undefined {
  const before = [...edits.values()].filter(other => happenedBefore(other.write, write));
  const name = showDot(write.dot);
  if (edited.length !== Math.min(before.length, 1))
    return `${name} edits ${edited.join(' ') || 'nothing'}, and there were ${before.length} writes`;
  const [parent] = edited.map(dot => edits.get(dot));
  const {generation} = write.change;
  const expected = (parent?.write.change.generation ?? 0) + 1;
  if (generation !== expected)
    return `${name} has the generation ${generation}, and it edits one of ${expected - 1}`;
  const had = new Set(before.map(other => showDot(other.write.dot)));
  const isWhole = before.every(other => other.edited.every(dot => had.has(dot)));
  if (parent === undefined || !isWhole) return undefined;
  const replaced = new Set(before.flatMap(other => other.edited.map(dot => edits.get(dot)?.revision)));
  const leaves = longest(before.filter(({revision}) => !replaced.has(revision)).map(other => other.write));
  if (leaves.some(({dot}) => edits.get(showDot(dot))?.revision === parent.revision)) return undefined;
  return `${name} edits ${named(parent.write)}, and its leader showed one of ${leaves.map(named).join(', ')}`;
}

const named = ({dot, change}: Write): string =>
  `${showDot(dot)} (${change.generation}, ${effectOf(change) === undefined ? 'deleted' : 'live'})`;
