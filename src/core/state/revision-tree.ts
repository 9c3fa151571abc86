/**
 * The tree of a key's revisions, for keys with concurrent writes. revisions.ts explains revisions.
 *
 * Operations arrive in the order of their origin, so a write may arrive before its parent. Until the parent
 * arrives, the revision and those that extend it are *provisional*: their ids are made from their dots. After
 * that they get their final ids.
 */
import {assert} from '../../base/assert.ts';
import {Heap} from '../../base/heap.ts';
import {DotMap} from '../log/dot-map.ts';
import type {Write} from '../log/op.ts';
import {compareDots, type Dot, sameDot} from '../log/version-vector.ts';
import {beats, parentsOf, provisionalId, type Revision, revisionId} from './revision-edit.ts';

interface Node extends Revision {
  writes: readonly Write[];
  /** The revisions that extend it. */
  children: readonly Node[];
  /** Whether another revision extends it; `children` excludes provisional ones. */
  isExtended: boolean;
  readonly isProvisional: boolean;
}

const NONE: readonly never[] = [];

const isLeaf = ({isExtended}: Node): boolean => !isExtended;

export class RevisionTree {
  readonly #nodes = new DotMap<Node>();
  /** Revisions without a parent. */
  #roots: readonly Node[] = NONE;
  /** The writes that wait for a missing or provisional parent, by parent. */
  readonly #waiting = new DotMap<readonly Write[]>();
  /** All leaves, and some revisions that are no longer leaves. */
  #ranked = new Heap<Node>(beats);
  /** The number of leaves, and of those that are not deleted. 0 <= liveLeaves <= leafCount <= ranked.size */
  #leafCount = 0;
  #liveLeaves = 0;
  #touched: Write[] = [];

  get winner(): Revision | undefined {
    for (let first = this.#ranked.first; first !== undefined && !isLeaf(first); first = this.#ranked.first)
      this.#ranked.pop();
    const {first} = this.#ranked;
    assert((first === undefined) === (this.#leafCount === 0), 'every leaf is ranked');
    return first;
  }

  get liveLeaves(): number {
    return this.#liveLeaves;
  }

  get touched(): readonly Write[] {
    return [...this.#touched, ...(this.winner?.writes ?? [])];
  }

  untouch(): void {
    this.#touched = [];
  }

  leaves(): readonly Revision[] {
    return this.#ranked.items.filter(node => isLeaf(node)).sort((a, b) => (beats(a, b) ? -1 : 1));
  }

  leafOf(dot: Dot): Revision | undefined {
    const node = this.#nodes.get(dot);
    return node !== undefined && isLeaf(node) ? node : undefined;
  }

  isReplacedAsEqual(dot: Dot): boolean {
    const node = this.#nodes.get(dot);
    if (node === undefined || node.writes.length < 2 || node.children.length === 0) return false;
    const seen = node.children.flatMap(child => child.writes.flatMap(({change}) => change.saw));
    const wasSeen = (write: Write): boolean => seen.some(other => sameDot(other, write.dot));
    return node.writes.some(wasSeen) && !node.writes.some(write => sameDot(write.dot, dot) && wasSeen(write));
  }

  add(write: Write): void {
    this.#place(write);
    const placed = [write];
    for (let next = placed.pop(); next !== undefined; next = placed.pop()) {
      if (this.#nodes.get(next.dot)?.isProvisional) continue;
      const waiting = this.#waiting.get(next.dot) ?? NONE;
      this.#waiting.delete(next.dot);
      for (const child of waiting) {
        if (!this.#nodes.get(child.dot)?.isProvisional) continue;
        this.#place(child);
        placed.push(child);
      }
    }
    if (this.#ranked.size > 2 * this.#leafCount + 64) this.#compact();
  }

  /** Puts a write at its place, or moves it there when its parent arrives. */
  #place(write: Write): void {
    const before = this.#nodes.get(write.dot);
    // Replaces a provisional revision by the final one.
    if (before !== undefined) this.#extend(before);
    const dots = parentsOf(write);
    const parents = dots.flatMap(dot => this.#nodes.get(dot) ?? NONE);
    const isFinal = parents.length === dots.length && parents.every(({isProvisional}) => !isProvisional);
    const node = isFinal ? this.#final(write, parents) : this.#provisional(write);
    this.#nodes.set(write.dot, node);
    for (const parent of parents) this.#extend(parent);
    if (this.#waiting.get(write.dot) !== undefined) this.#extend(node);
    if (isFinal || before !== undefined) return;
    for (const dot of dots) {
      if (this.#nodes.get(dot)?.isProvisional ?? true)
        this.#waiting.set(dot, [...(this.#waiting.get(dot) ?? NONE), write]);
    }
  }

  /** Returns the revision that this write makes. The tree may hold an equal one already. */
  #final(write: Write, parents: readonly Node[]): Node {
    const [parent] = parents;
    const id = revisionId(write, parents);
    const twin = (parent?.children ?? this.#roots).find(node => node.id === id);
    if (twin !== undefined) {
      twin.writes = [...twin.writes, write].sort((a, b) => compareDots(a.dot, b.dot));
      this.#touched.push(...twin.writes);
      return twin;
    }
    const node = this.#leaf(write, id, false);
    if (parents.length === 0) this.#roots = [...this.#roots, node];
    for (const one of parents) {
      one.children = [...one.children, node];
      if (one.writes.length > 1) this.#touched.push(...one.writes);
    }
    return node;
  }

  #provisional(write: Write): Node {
    return this.#leaf(write, provisionalId(write), true);
  }

  #leaf(write: Write, id: number, isProvisional: boolean): Node {
    const {generation, type} = write.change;
    const node: Node = {
      id,
      generation,
      isDeleted: type === 'del',
      writes: [write],
      children: NONE,
      isExtended: false,
      isProvisional,
    };
    this.#ranked.push(node);
    this.#count(node, 1);
    return node;
  }

  #extend(node: Node): void {
    if (node.isExtended) return;
    node.isExtended = true;
    this.#count(node, -1);
  }

  #count(node: Node, by: 1 | -1): void {
    this.#leafCount += by;
    if (!node.isDeleted) this.#liveLeaves += by;
    assert(this.#liveLeaves >= 0 && this.#liveLeaves <= this.#leafCount, 'each live leaf is a leaf');
  }

  #compact(): void {
    const leaves = this.#ranked.items.filter(node => isLeaf(node));
    this.#ranked = new Heap<Node>(beats);
    for (const leaf of leaves) this.#ranked.push(leaf);
    assert(this.#ranked.size === this.#leafCount, 'every leaf is ranked');
  }
}
