/**
 * The edit history of a key as CouchDB keeps it: a tree of revisions. A write extends the leaf that its
 * writer read, its *parent*, and all other leaves stay. So a leaf that lost stays a leaf until a write or a
 * delete extends it. The tree depends on the set of writes alone.
 *
 * A revision is a parent and the new content: equal edits of one parent at two leaders are one revision
 * (CouchDB's revision ids are digests of the two). `generation` is the parent's + 1. A live leaf wins over a
 * deleted one, then the higher generation wins, then the greater id. (CouchDB's "Replication and conflict
 * model"; the tests compare with PouchDB.)
 *
 * Every fold keeps it, whatever its resolver: the generation of a write does not depend on the resolver in
 * use. A history without concurrent writes is a line, and only the last revision of a line is kept. New
 * writes are processed at the next query.
 */
import {assert} from '../../base/assert.ts';
import type {Write} from '../log/op.ts';
import {type Dot, sameDot} from '../log/version-vector.ts';
import {parentsOf, type Revision} from './revision-edit.ts';
import {RevisionTree} from './revision-tree.ts';

/**
 * The tree of revisions of one key, as CouchDB keeps it. `add` takes the writes in order of arrival and is
 * cheap; the first query after it does the work. The winner is the leaf that CouchDB would show: live before
 * deleted, then the higher generation, then the greater id.
 */
export class Revisions {
  /** All writes of the key, in the order of arrival. */
  readonly writes: Write[] = [];
  /** How many of them have been processed. placed <= writes.length */
  #placed = 0;
  /** While the history is a line: its last revision. Undefined as soon as there is a tree. */
  #tip: Revision | undefined;
  #tree: RevisionTree | undefined;

  add(write: Write): this {
    this.writes.push(write);
    return this;
  }

  /** The leaf that `revision` shows. */
  get winner(): Revision | undefined {
    this.#catchUp();
    return this.#tree === undefined ? this.#tip : this.#tree.winner;
  }

  /** The number of live leaves, with the winner if it is live. */
  get liveLeaves(): number {
    this.#catchUp();
    return this.#tree?.liveLeaves ?? (this.#tip === undefined || this.#tip.isDeleted ? 0 : 1);
  }

  /** Every leaf, the winner first. Cost: one step for each leaf. */
  leaves(): readonly Revision[] {
    this.#catchUp();
    return this.#tree?.leaves() ?? (this.#tip === undefined ? [] : [this.#tip]);
  }

  /** The leaf that the write made, if it is one. */
  leafOf(dot: Dot): Revision | undefined {
    this.#catchUp();
    if (this.#tree !== undefined) return this.#tree.leafOf(dot);
    return this.#tip?.writes.some(write => sameDot(write.dot, dot)) ? this.#tip : undefined;
  }

  /**
   * Whether a later write replaced an equal edit of this write. Equal edits are one revision, so this write
   * is not lost then.
   */
  isReplacedAsEqual(dot: Dot): boolean {
    this.#catchUp();
    return this.#tree?.isReplacedAsEqual(dot) ?? false;
  }

  /** The writes that the last added write may have shown or hidden. */
  touched(): readonly Write[] {
    this.#catchUp();
    return this.#tree?.touched ?? this.#tip?.writes ?? [];
  }

  #catchUp(): void {
    if (this.#placed === this.writes.length) return;
    assert(this.#placed < this.writes.length, 'no write leaves the history of a key');
    assert(this.#tip === undefined || this.#tree === undefined, 'a history is a line or a tree');
    this.#tree?.untouch();
    for (; this.#placed < this.writes.length; this.#placed++) this.#place(this.writes[this.#placed] as Write);
  }

  #place(write: Write): void {
    if (this.#tree === undefined && extendsLine(this.#tip, write)) {
      this.#tip = {
        id: 0,
        generation: write.change.generation,
        isDeleted: write.change.type === 'del',
        writes: [write],
      };
      return;
    }
    if (this.#tree === undefined) {
      this.#tree = new RevisionTree();
      for (const earlier of this.writes.slice(0, this.#placed)) this.#tree.add(earlier);
      this.#tree.untouch();
      this.#tip = undefined;
    }
    this.#tree.add(write);
  }
}

function extendsLine(tip: Revision | undefined, write: Write): boolean {
  const [parent, ...others] = parentsOf(write);
  if (tip === undefined || parent === undefined) return tip === undefined && parent === undefined;
  return others.length === 0 && tip.writes.some(({dot}) => sameDot(dot, parent));
}
