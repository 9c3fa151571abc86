/**
 * A document as concurrent writers leave it: a tree of leaves, each of them the plain value at a path that
 * some write put there. `fields` (with a tree one level deep) and `crdt` (as deep as the values) share it.
 *
 * A write at a path replaces what it had seen there, below and, where a plain value stood in its way, above;
 * a reset replaces all that it had seen. Nothing else is removed. Each node keeps the join of the `after`s of
 * the writes that could remove something there, so a leaf that arrives after its remover is dropped, and the
 * tree is a function of the set of writes. (The observed-remove rule of Shapiro et al., "A comprehensive
 * study of CRDTs", 2011, applied to paths.)
 *
 * Several live values at one place are settled by the higher HLC. An empty document conflicts with nothing:
 * it merges with any other.
 */
import {isObject, type Json} from '../../base/json.ts';
import {compareHlc, type Hlc} from '../log/hybrid-clock.ts';
import type {Write} from '../log/op.ts';
import {
  compareDots,
  covers,
  type Dot,
  dominates,
  EMPTY,
  merge,
  sameDot,
  showDot,
  type VersionVector,
} from '../log/version-vector.ts';
import {fewDots, hasHigherHlc, hlcReason} from './reasons.ts';

type Path = readonly string[];

/** A plain value, or an empty document, below the place of a write. */
export interface Leaf {
  readonly path: Path;
  readonly value: Json;
}

interface LiveLeaf {
  readonly write: Write;
  readonly value: Json;
  /** The place of the leaf in its write. A document is shown in the order in which it was written. */
  readonly place: number;
}

interface Node {
  /** The join of what the writes at this very path had seen. */
  context: VersionVector;
  /** The join of what the writes below had seen: they removed the plain values here. */
  below: VersionVector;
  live: readonly LiveLeaf[];
  /** Shared and empty until the node gets its first child. */
  children: ReadonlyMap<string, Node>;
}

const NO_CHILDREN: ReadonlyMap<string, Node> = new Map();

/** What a reader sees of a document or of a part of it. */
export interface Visible {
  readonly value: Json;
  /** The newest write in it, which contends for the whole of it. */
  readonly newest: Write;
  readonly first: LiveLeaf;
  readonly shown: readonly Write[];
}

/** At one place of the document: the value that shows, and the live values that do not. */
interface Contest {
  readonly path: Path;
  readonly winner: Write;
  readonly losers: readonly Write[];
}

const emptyNode = (): Node => ({context: EMPTY, below: EMPTY, live: [], children: NO_CHILDREN});

function isEmptyDocument(value: Json): boolean {
  if (!isObject(value)) return false;
  for (const _field in value) return false;
  return true;
}

/** The leaves of a value, down to `depth` levels. */
export function leavesOf(value: Json, depth: number, path: Path = []): Leaf[] {
  if (depth === 0 || !isObject(value) || isEmptyDocument(value)) return [{path, value}];
  return Object.entries(value).flatMap(([field, inner]) => leavesOf(inner, depth - 1, [...path, field]));
}

export class DocumentTree {
  readonly #root = emptyNode();
  #reset: VersionVector = EMPTY;
  #buried: Hlc | undefined;
  /** What a reader sees; undefined from each change until the next read. */
  #visible: {readonly now: Visible | undefined} | undefined;

  /** Removes all that was seen. */
  reset(after: VersionVector): void {
    this.#visible = undefined;
    this.#reset = join(this.#reset, after);
    removeLeaves(this.#root, ({write}) => covers(after, write.dot));
    const {children} = this.#root;
    const kept = [...children].filter(([, child]) => !this.#isSpent(child));
    if (kept.length < children.size) this.#root.children = kept.length === 0 ? NO_CHILDREN : new Map(kept);
  }

  /** Removes everything without a higher HLC, seen or not, even if it arrives later. */
  bury(hlc: Hlc): void {
    if (this.#buried !== undefined && compareHlc(hlc, this.#buried) <= 0) return;
    this.#visible = undefined;
    this.#buried = hlc;
    removeLeaves(this.#root, ({write}) => compareHlc(write.hlc, hlc) <= 0);
  }

  /** Puts a value, given as its leaves, at the path. */
  put(write: Write, path: Path, leaves: readonly Leaf[]): void {
    const {after} = write;
    this.#visible = undefined;
    let node = this.#root;
    for (const name of path) {
      node.below = join(node.below, after);
      if (node.live.length > 0)
        node.live = node.live.filter(leaf => isEmptyDocument(leaf.value) || !covers(after, leaf.write.dot));
      node = childOf(node, name);
    }
    node.context = join(node.context, after);
    removeLeaves(node, leaf => covers(after, leaf.write.dot));
    this.add(write, path, leaves);
  }

  /** Adds the leaves beside what is there, unless something that had seen the write has replaced them. */
  add(write: Write, at: Path, leaves: readonly Leaf[]): void {
    if (
      covers(this.#reset, write.dot) ||
      (this.#buried !== undefined && compareHlc(write.hlc, this.#buried) <= 0)
    )
      return;
    this.#visible = undefined;
    leaves.forEach(({path, value}, place) => {
      let node = this.#root;
      for (const name of [...at, ...path]) {
        node = childOf(node, name);
        if (covers(node.context, write.dot)) return;
      }
      if (isEmptyDocument(value) || !covers(node.below, write.dot))
        node.live = node.live.length === 0 ? [{write, value, place}] : [...node.live, {write, value, place}];
    });
  }

  visible(): Visible | undefined {
    this.#visible ??= {now: visibleIn(this.#root)};
    return this.#visible.now;
  }

  /**
   * Whether a reader of the document gets any of these leaves of the write. Checks no other part of the
   * document.
   */
  shows(dot: Dot, at: Path, leaves: readonly Leaf[]): boolean {
    return leaves.some(({path}) => showsAt(this.#root, dot, [...at, ...path]));
  }

  /** Whether any of these leaves of the write is still there, shown or not. */
  holds(dot: Dot, at: Path, leaves: readonly Leaf[]): boolean {
    return leaves.some(({path}) => {
      let node: Node | undefined = this.#root;
      for (const name of [...at, ...path]) node = node?.children.get(name);
      return node?.live.some(({write}) => sameDot(write.dot, dot)) ?? false;
    });
  }

  /** One clause for each place where live values do not show, at most `limit`. */
  explain(limit: number): string[] {
    const contests: Contest[] = [];
    findContests(this.#root, [], contests);
    return contests.slice(0, limit).map(({path, winner, losers}) => {
      const [loser, ...others] = losers;
      const more = others.length > 0 ? ` and of ${fewDots(others)}` : '';
      return (
        `field ${path.join('.')}: ${showDot(winner.dot)} wins: ` +
        `${loser ? hlcReason(winner, loser) : ''}${more}`
      );
    });
  }

  /** Whether the node has no live leaves and records no removal that the reset does not record too. */
  #isSpent({context, below, live, children}: Node): boolean {
    return live.length === 0 && children.size === 0 && this.#knows(context) && this.#knows(below);
  }

  #knows(seen: VersionVector): boolean {
    return seen === EMPTY || dominates(this.#reset, seen);
  }
}

const join = (a: VersionVector, b: VersionVector): VersionVector => (a === EMPTY ? b : merge(a, b));

function childOf(node: Node, name: string): Node {
  let child = node.children.get(name);
  if (child === undefined) {
    child = emptyNode();
    if (node.children === NO_CHILDREN) node.children = new Map([[name, child]]);
    else (node.children as Map<string, Node>).set(name, child);
  }
  return child;
}

function removeLeaves(node: Node, isGone: (leaf: LiveLeaf) => boolean): void {
  if (node.live.some(isGone)) node.live = node.live.filter(leaf => !isGone(leaf));
  for (const child of node.children.values()) removeLeaves(child, isGone);
}

function visibleIn(node: Node): Visible | undefined {
  const plain = plainWinner(node);
  const object = objectIn(node);
  if (plain === undefined) return object;
  if (object !== undefined && hasHigherHlc(object.newest, plain.write)) return object;
  return {value: plain.value, newest: plain.write, first: plain, shown: [plain.write]};
}

/** Whether the write's leaf at the path shows, seen from the node. */
function showsAt(node: Node, dot: Dot, path: Path): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return leafShows(node, dot);
  const child = node.children.get(name);
  return (
    child !== undefined && showsAt(child, dot, rest) && (plainWinner(node) === undefined || !showsPlain(node))
  );
}

function leafShows(node: Node, dot: Dot): boolean {
  const leaf = node.live.find(({write}) => sameDot(write.dot, dot));
  if (leaf === undefined) return false;
  if (node.live.length === 1 && node.children.size === 0) return true;
  return isEmptyDocument(leaf.value) ? !showsPlain(node) : plainWinner(node) === leaf && showsPlain(node);
}

/** Whether a plain value shows at the node, rather than what is below or an empty document. */
function showsPlain(node: Node): boolean {
  const plain = plainWinner(node);
  return plain !== undefined && visibleIn(node)?.first === plain;
}

/** Of the live plain values the one with the highest HLC. */
function plainWinner({live}: Node): LiveLeaf | undefined {
  let winner: LiveLeaf | undefined;
  for (const leaf of live) {
    if (!isEmptyDocument(leaf.value) && (winner === undefined || hasHigherHlc(leaf.write, winner.write)))
      winner = leaf;
  }
  return winner;
}

function objectIn({live, children}: Node): Visible | undefined {
  const empty = live.filter(({value}) => isEmptyDocument(value));
  // Most nodes are leaves with a plain value.
  if (children.size === 0 && empty.length === 0) return undefined;
  const fields = [...children].flatMap(([name, child]) => {
    const visible = visibleIn(child);
    return visible === undefined ? [] : [{name, visible}];
  });
  fields.sort((a, b) => inOrder(a.visible.first, b.visible.first));
  const firsts = [...empty, ...fields.map(({visible}) => visible.first)].sort(inOrder);
  const [first] = firsts;
  const writes = [...empty.map(({write}) => write), ...fields.map(({visible}) => visible.newest)];
  if (first === undefined) return undefined;
  return {
    value: Object.fromEntries(fields.map(({name, visible}) => [name, visible.value])),
    newest: writes.reduce((newest, write) => (hasHigherHlc(write, newest) ? write : newest)),
    first,
    shown: [...empty.map(({write}) => write), ...fields.flatMap(({visible}) => visible.shown)],
  };
}

const inOrder = (a: LiveLeaf, b: LiveLeaf): number =>
  compareHlc(a.write.hlc, b.write.hlc) || compareDots(a.write.dot, b.write.dot) || a.place - b.place;

function findContests(node: Node, path: Path, found: Contest[]): void {
  const winner = visibleIn(node);
  if (winner === undefined) return;
  const plain = plainWinner(node);
  const showsPlain = plain !== undefined && winner.shown.length === 1 && winner.shown[0] === plain.write;
  const hidden = node.live.filter(
    ({write, value}) => !isEmptyDocument(value) && !(showsPlain && write === plain.write),
  );
  const object = showsPlain ? objectIn(node) : undefined;
  const losers = [...hidden.map(({write}) => write), ...(object ? [object.newest] : [])];
  if (losers.length > 0) found.push({path, winner: winner.newest, losers});
  if (showsPlain) return;
  for (const [name, child] of node.children) findContests(child, [...path, name], found);
}
