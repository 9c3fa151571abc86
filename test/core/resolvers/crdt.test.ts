import {describe, expect, it} from 'vitest';
import {key, type LeaderId} from '../../../src/base/ids.ts';
import {acceptIntent} from '../../../src/core/fold/accept.ts';
import {Fold} from '../../../src/core/fold/fold.ts';
import type {Intent, Op} from '../../../src/core/log/op.ts';
import {EMPTY, extend, seqOf, type VersionVector} from '../../../src/core/log/version-vector.ts';
import {resolverOf} from '../../../src/core/resolvers/registry.ts';
import {readingToJson} from '../../../src/core/state/reading.ts';
import {LEADERS} from '../../support/arbitraries.ts';

const [US, EU] = LEADERS as [LeaderId, LeaderId];
const KEY = key('k');

/** Leaders that write `KEY` under crdt and see each other's writes when told to. */
class Leaders {
  readonly #ops: Op[] = [];
  readonly #sites = new Map(
    LEADERS.map(id => [id, {fold: new Fold(resolverOf({name: 'crdt'}), []), vv: EMPTY as VersionVector}]),
  );
  #wallMs = 0;

  write(at: LeaderId, intent: Intent): this {
    const site = this.#site(at);
    const accepted = acceptIntent(site.fold, KEY, intent);
    if (!accepted.ok) throw new Error(accepted.failure.message);
    this.#wallMs += 1;
    const dot = {origin: at, seq: seqOf(site.vv, at) + 1};
    const op: Op = {
      dot,
      after: site.vv,
      hlc: {wallMs: this.#wallMs, logical: 0},
      wallMs: this.#wallMs,
      writes: [accepted.value],
    };
    this.#ops.push(op);
    this.#apply(at, op);
    return this;
  }

  /** Everyone applies everything. */
  exchange(): this {
    for (const id of LEADERS)
      for (const op of this.#ops)
        if (seqOf(this.#site(id).vv, op.dot.origin) < op.dot.seq) this.#apply(id, op);
    return this;
  }

  reads(): unknown {
    this.exchange();
    const [first, ...others] = LEADERS.map(id => readingToJson(this.#site(id).fold.read(KEY)));
    for (const other of others) expect(other).toEqual(first);
    return first;
  }

  lost(): unknown {
    return this.#site(US).fold.lost(KEY);
  }

  #site(id: LeaderId) {
    const site = this.#sites.get(id);
    if (site === undefined) throw new Error(id);
    return site;
  }

  #apply(id: LeaderId, op: Op): void {
    const site = this.#site(id);
    site.fold.apply(op);
    site.vv = extend(site.vv, op.dot);
  }
}

const incr = (by: number): Intent => ({type: 'incr', by});
const set = (value: number | string): Intent => ({type: 'set', value});
const sadd = (element: string): Intent => ({type: 'sadd', element});
const srem = (element: string): Intent => ({type: 'srem', element});
const hset = (field: string, value: string): Intent => ({type: 'hset', field, value});

describe('crdt', () => {
  it('adds concurrent increments up', () => {
    expect(new Leaders().write(US, incr(5)).write(EU, incr(3)).reads()).toEqual({value: 8});
  });

  it('adds increments to the number that was set, and to one set concurrently', () => {
    expect(new Leaders().write(US, set(10)).exchange().write(US, incr(5)).write(EU, incr(3)).reads()).toEqual(
      {value: 18},
    );
    expect(new Leaders().write(US, set(10)).write(EU, incr(3)).reads()).toEqual({value: 13});
  });

  it('lets a set or a del remove the increments that it had seen, and only those', () => {
    const seen = new Leaders().write(US, incr(5)).exchange();
    expect(seen.write(US, {type: 'del'}).write(EU, incr(3)).reads()).toEqual({value: 3});
    expect(new Leaders().write(US, incr(5)).exchange().write(US, set(1)).write(EU, incr(3)).reads()).toEqual({
      value: 4,
    });
  });

  it('keeps an element that was added again while another client removed it', () => {
    const cart = new Leaders().write(US, sadd('milk')).exchange();
    expect(cart.write(US, srem('milk')).write(EU, sadd('milk')).reads()).toEqual({value: ['milk']});
  });

  it('removes an element whose additions the removal had all seen', () => {
    const cart = new Leaders().write(US, sadd('milk')).write(EU, sadd('milk')).exchange();
    expect(cart.write(US, srem('milk')).write(EU, sadd('eggs')).reads()).toEqual({value: ['eggs']});
  });

  it('treats an array that was set as a set when elements are added or removed', () => {
    const cart = new Leaders().write(US, {type: 'set', value: ['milk', 'eggs']}).exchange();
    expect(cart.write(US, srem('milk')).write(EU, sadd('bread')).reads()).toEqual({value: ['bread', 'eggs']});
  });

  it('merges the fields of a document, and gives a contested field to the higher HLC', () => {
    const doc = new Leaders().write(US, hset('name', 'ann')).exchange();
    doc.write(US, hset('name', 'bob')).write(EU, hset('city', 'rome')).write(EU, hset('name', 'cid'));
    expect(doc.reads()).toEqual({value: {name: 'cid', city: 'rome'}});
    expect(doc.lost()).toEqual([{origin: 'us', seq: 2}]);
  });

  it('keeps concurrent values of anything else as siblings, until a write has seen them', () => {
    const title = new Leaders().write(US, set('A')).write(EU, set('B'));
    expect(title.reads()).toEqual({siblings: ['B', 'A']});
    expect(title.write(US, set('C')).reads()).toEqual({value: 'C'});
  });

  it('lets a concurrent write survive a delete', () => {
    const title = new Leaders().write(US, set('A')).exchange();
    expect(title.write(US, {type: 'del'}).write(EU, set('B')).reads()).toEqual({value: 'B'});
    expect(new Leaders().write(US, set('A')).exchange().write(EU, {type: 'del'}).reads()).toEqual({
      absent: true,
    });
  });
});
