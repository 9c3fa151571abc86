/**
 * Who is joining and leaving, without any leader that runs.
 */
import {expect, it} from 'vitest';
import {type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {VersionVector} from '../../src/core/log/version-vector.ts';
import {Membership} from '../../src/engines/shared/model/membership.ts';
import type {LeaderStatus} from '../../src/port/view.ts';

const [US, EU, AP, SA] = ['us', 'eu', 'ap', 'sa'].map(leaderId) as [LeaderId, LeaderId, LeaderId, LeaderId];

function membershipOf(leaders: {
  readonly [id: LeaderId]: readonly [LeaderStatus, VersionVector];
}): Membership {
  return new Membership({
    members: () => Object.keys(leaders) as LeaderId[],
    statusOf: id => leaders[id]?.[0],
    known: id => leaders[id]?.[1] ?? {},
  });
}

it('a leader that catches up has one donor, another member, until it needs none', () => {
  const membership = membershipOf({[US]: ['up', {}], [SA]: ['up', {}]});
  membership.setDonor(SA, US);
  expect([...membership.donors]).toEqual([[SA, US]]);
  expect(membership.joining(SA, {}).donor()).toBe(US);
  expect(() => membership.setDonor(SA, SA)).toThrow('another leader');
  expect(() => membership.setDonor(SA, EU)).toThrow('a donor is a member');
  expect([membership.endCatchUp(SA), membership.endCatchUp(SA)]).toEqual([true, false]);
});

it('a leader hands over to live leaders that stay', () => {
  const membership = membershipOf({
    [US]: ['up', {[US]: 3}],
    [EU]: ['up', {[US]: 1}],
    [AP]: ['down', {}],
    [SA]: ['up', {}],
  });
  membership.beginLeaving(SA);
  membership.beginLeaving(US);
  expect(membership.liveOthers(US)).toEqual([EU]);
  expect(membership.lackingElsewhere(US, {[US]: 3})).toBe(2);
  expect(membership.handOverFailure(US, {[US]: 3}, 'late')).toMatchObject({code: 'not-handed-over'});
  expect(membership.handOverFailure(US, {[US]: 1}, 'held')).toBeUndefined();
  expect(membership.leaveRefusal(US)).toMatchObject({code: 'is-leaving'});
  expect(() => membership.beginLeaving(US)).toThrow('once at a time');
  membership.endLeaving(US);
  expect(membership.leaveRefusal(US)).toBeUndefined();
  expect(() => membership.endLeaving(US)).toThrow('broken invariant');
});

it('a dead leader leaves only if live leaders have all that it had', () => {
  const eu: [LeaderStatus, VersionVector] = ['down', {[EU]: 2}];
  expect(membershipOf({[US]: ['up', {[EU]: 1}], [EU]: eu}).lossRefusal(EU)).toMatchObject({
    code: 'would-lose',
  });
  expect(membershipOf({[US]: ['up', {[EU]: 2}], [EU]: eu}).lossRefusal(EU)).toBeUndefined();
});
