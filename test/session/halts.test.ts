/**
 * Where leaders halted, and what `skip` answers if there is nothing to skip.
 */
import {expect, test} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import {haltsIn, nothingSkipped} from '../../src/session/halts.ts';
import {emptyView} from '../tui/views.ts';

const [US, EU] = [leaderId('us'), leaderId('eu')];
const view = emptyView();
const stopped = {sinceMs: 0, error: 'ERROR', repair: ''};
const dot = {origin: US, seq: 1};
const halted = {
  ...view,
  links: view.links.map(link => (link.from === US && link.to === EU ? {...link, stopped} : link)),
  leaders: view.leaders.map(leader =>
    leader.id === EU ? {...leader, halted: [{origin: US, dot, key: key('seat'), with: []}]} : leader,
  ),
};

test('a stopped link and the halt of its receiver count as one halt', () => {
  expect(haltsIn(halted)).toEqual([{at: EU, from: US, key: 'seat'}]);
  expect(haltsIn({...halted, leaders: view.leaders})).toEqual([{at: EU, from: US, key: undefined}]);
});

test('skip on the wrong side says which arguments help', () => {
  expect(nothingSkipped({type: 'skipped', dots: {[US]: []}}, halted)).toEqual({
    code: 'nothing-to-skip',
    message: 'nothing to skip at us',
    hint: 'halted: skip us @eu',
  });
});

test('skip succeeds if something was skipped or no leader is halted', () => {
  expect(nothingSkipped({type: 'skipped', dots: {[EU]: [dot]}}, halted)).toBeUndefined();
  expect(nothingSkipped({type: 'skipped', dots: {[US]: []}}, view)).toBeUndefined();
});
