/**
 * One key seen through one resolver, with everything that a resolver can be asked; and histories on that key,
 * written out by hand.
 */
import {key, type LeaderId, leaderId} from '../../../src/base/ids.ts';
import type {Json} from '../../../src/base/json.ts';
import {type KeyWrite, type Op, type Write, writeOf} from '../../../src/core/log/op.ts';
import {type Dot, parseDot, showDot, type VersionVector} from '../../../src/core/log/version-vector.ts';
import type {Resolver} from '../../../src/core/resolvers/resolver.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier} from '../../../src/core/state/frontier.ts';
import {readingToJson} from '../../../src/core/state/reading.ts';

export const KEY = key('k');

export class Lens {
  readonly #changes = new Map<string, KeyWrite>();
  readonly #resolver: Resolver;
  #state: unknown;
  frontier: Frontier = EMPTY_FRONTIER;

  constructor(resolver: Resolver, writes: readonly Write[] = []) {
    this.#resolver = resolver;
    this.#state = resolver.initial();
    for (const write of writes) this.apply(write);
  }

  apply(write: Write): this {
    this.#changes.set(showDot(write.dot), write.change);
    this.frontier = addToFrontier(this.frontier, write);
    this.#state = this.#resolver.apply(this.#state, write, this.frontier);
    return this;
  }

  get reads(): Json {
    return readingToJson(this.#resolver.read(this.#state, this.frontier));
  }
  get shown(): string | undefined {
    const dot = this.#resolver.shown(this.#state, this.frontier);
    return dot && showDot(dot);
  }
  get why(): string {
    return this.#resolver.explain(KEY, this.#state, this.frontier);
  }
  get failure(): string | undefined {
    return this.#resolver.failure?.(this.#state, this.frontier);
  }
  get lost(): string[] {
    return this.frontier.members.filter(({dot}) => !this.shows(dot)).map(({dot}) => showDot(dot));
  }
  shows(dot: Dot): boolean {
    const change = this.#changes.get(showDot(dot));
    return change !== undefined && this.#resolver.shows(this.#state, this.frontier, dot, change);
  }
}

/** The writes of these operations to one key. */
export const writesTo = (ops: readonly Op[], of: string): Write[] =>
  ops.flatMap(op => op.writes.filter(change => change.key === of).map(change => writeOf(op, change)));

type Change = KeyWrite extends infer Of
  ? Of extends KeyWrite
    ? Omit<Of, 'key' | 'generation' | 'saw' | 'parent' | 'observed'>
    : never
  : never;

/**
 * `write('us:2', {type: 'set', value: 1}, {saw: 'us:1 eu:3', wallMs: 5})`; the HLC is the wall clock unless
 * it is given.
 */
export function write(
  name: string,
  change: Change,
  {saw = '', wallMs = 100, logical = 0, hlcMs = wallMs, generation = 1, parent = ''}: WriteOptions = {},
): Write {
  const dot = dotOf(name);
  const seen: {[origin: LeaderId]: number} = {};
  if (dot.seq > 1) seen[dot.origin] = dot.seq - 1;
  for (const {origin, seq} of `${saw} ${parent}`.split(' ').filter(Boolean).map(dotOf))
    seen[origin] = Math.max(seq, seen[origin] ?? 0);
  const after: VersionVector = seen;
  const rest = change.type === 'srem' ? {observed: []} : {};
  const edits = parent === '' ? {saw: []} : {parent: dotOf(parent), saw: [dotOf(parent)]};
  return {
    dot,
    after,
    wallMs,
    hlc: {wallMs: hlcMs, logical},
    change: {...change, ...rest, ...edits, key: KEY, generation} as KeyWrite,
  };
}

interface WriteOptions {
  saw?: string;
  wallMs?: number;
  logical?: number;
  hlcMs?: number;
  generation?: number;
  parent?: string;
}

function dotOf(name: string): Dot {
  const dot = parseDot(name);
  if (dot === undefined) throw new Error(name);
  return dot;
}

export const set = (name: string, value: Json, options?: WriteOptions): Write =>
  write(name, {type: 'set', value}, options);
export const del = (name: string, options?: WriteOptions): Write => write(name, {type: 'del'}, options);

export const [AP, US] = ['ap', 'us'].map(leaderId) as [LeaderId, LeaderId];
