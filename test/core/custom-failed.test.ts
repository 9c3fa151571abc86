/**
 * A leader reports that the user’s module failed: when a conflict arises, and when the log is folded
 * again.
 */
import {expect, it} from 'vitest';
import {fail, succeed} from '../../src/base/failure.ts';
import type {LeaderId} from '../../src/base/ids.ts';
import type {CustomModule} from '../../src/core/resolvers/custom-module.ts';
import {LEADERS} from '../support/arbitraries.ts';
import {mesh, Network, NO_TROUBLE} from '../support/network.ts';

const [US, EU] = LEADERS as [LeaderId, LeaderId];
const spec = {name: 'custom', file: '/merge.mjs'} as const;
const module = (resolve: CustomModule['resolve']): CustomModule => ({
  form: 'resolve',
  resolve,
  merge: () => fail('never', 'not that form'),
});

const failures = ({events}: Network): string[] =>
  events.flatMap(({at, event}) =>
    event.type === 'custom-failed' ? [`${at} ${event.key}: ${event.reason}`] : [],
  );

it('is reported for each key that keeps its siblings, and for no key that the module resolved', () => {
  const network = new Network(LEADERS, mesh(LEADERS), 'own', 1, NO_TROUBLE, {resolver: {name: 'siblings'}});
  network.write(US, 'title', {type: 'set', value: 'A'});
  network.write(EU, 'title', {type: 'set', value: 'B'});
  network.until(() => LEADERS.every(id => network.replica(id).opCount === 2));
  network.change({name: 'resolver', value: spec, custom: module(() => succeed('merged'))});
  expect(failures(network)).toEqual([]);
  network.change({name: 'resolver', value: spec, custom: module(() => fail('threw', 'no idea'))});
  expect(failures(network)).toEqual(LEADERS.map(id => `${id} title: no idea`));
  network.write(US, 'body', {type: 'set', value: 'A'});
  network.write(EU, 'body', {type: 'set', value: 'B'});
  network.until(() => LEADERS.every(id => network.replica(id).opCount === 4));
  expect(failures(network).slice(LEADERS.length).sort()).toEqual(
    LEADERS.map(id => `${id} body: no idea`).sort(),
  );
});
