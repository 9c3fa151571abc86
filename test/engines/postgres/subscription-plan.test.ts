/**
 * The subscriptions of each topology, and the refusals of each engine.
 */
import {describe, expect, it} from 'vitest';
import {type LeaderId, leaderId, linkId} from '../../../src/base/ids.ts';
import type {TopologySpec} from '../../../src/command/topology.ts';
import {BUILTIN} from '../../../src/engines/postgres/links/builtin.ts';
import type {Dialect} from '../../../src/engines/postgres/links/dialect.ts';
import {PGLOGICAL} from '../../../src/engines/postgres/links/pglogical.ts';
import {
  linkRefusal,
  resolverRefusal,
  topologyRefusal,
} from '../../../src/engines/postgres/links/postgres-refusals.ts';
import {hops, plansOf, waitingOn} from '../../../src/engines/postgres/links/subscription-plan.ts';
import {type HandlerParts, postgresHandlers} from '../../../src/engines/postgres/postgres-handlers.ts';
import {INITIAL} from '../../../src/engines/shared/model/cluster-settings.ts';
import {capabilitiesOf} from '../../../src/engines/shared/model/handlers.ts';

const [US, EU, AP] = ['us', 'eu', 'ap'].map(leaderId) as [LeaderId, LeaderId, LeaderId];
const plans = (topology: TopologySpec, loopguard = true) =>
  plansOf({...INITIAL, members: [US, EU, AP], topology, loopguard});
const shown = (topology: TopologySpec, loopguard = true) =>
  plans(topology, loopguard).map(
    ({link, forward, isGuarded, isFiltered}) =>
      `${link} ${forward}${isGuarded ? ' guarded' : ''}${isFiltered ? ' filtered' : ''}`,
  );

describe('plans', () => {
  it('send in a mesh what each leader wrote itself', () => {
    expect(shown({name: 'mesh'})).toEqual([
      'us>eu own',
      'us>ap own',
      'eu>us own',
      'eu>ap own',
      'ap>us own',
      'ap>eu own',
    ]);
  });
  it('let a hub forward everything, and its spokes ignore what comes back', () => {
    expect(shown({name: 'star', hub: EU}).sort()).toEqual([
      'ap>eu own',
      'eu>ap all guarded',
      'eu>us all guarded',
      'us>eu own',
    ]);
  });
  it('stop an operation in a ring before it returns to its writer', () => {
    expect(shown({name: 'ring'})).toEqual([
      'us>eu all guarded filtered',
      'eu>ap all guarded filtered',
      'ap>us all guarded filtered',
    ]);
  });
  it('have no guard if it is off', () => {
    expect(shown({name: 'ring'}, false)).toEqual(['us>eu all', 'eu>ap all', 'ap>us all']);
  });
  it('give the number of hops, and of waiting operations', () => {
    expect([
      hops(plans({name: 'ring'}), US, AP),
      hops(plans({name: 'mesh'}), US, AP),
      hops([], US, US),
    ]).toEqual([2, 1, 0]);
    const own = {link: linkId(US, EU), forward: 'own', isGuarded: false, isFiltered: false} as const;
    expect(waitingOn(own, {us: 5, ap: 9} as never, {us: 2} as never)).toBe(3);
    expect(waitingOn({...own, forward: 'all'}, {us: 5, ap: 9, eu: 4} as never, {us: 2, eu: 1} as never)).toBe(
      12,
    );
  });
});

describe('refusals', () => {
  it('name what is not supported, and what is', () => {
    expect(topologyRefusal(BUILTIN, {name: 'ring'})).toMatchObject({
      message:
        'the postgres engine has no ring: PostgreSQL sends only what a leader wrote itself, or ' +
        'everything, which then circulates forever',
      hint: 'it has mesh, star; --engine pglogical has a ring',
    });
    expect(topologyRefusal(PGLOGICAL, {name: 'tree'})).toMatchObject({hint: 'it has mesh, star, ring'});
    expect(resolverRefusal(PGLOGICAL, {name: 'crdt'})).toMatchObject({
      message: 'the pglogical engine has no crdt',
      hint: 'it has lww, fww, apply-remote, keep-local, halt',
    });
    const loss = {type: 'link', links: [], change: {lossShare: 0.1, latencyMs: 5}} as const;
    expect(linkRefusal(PGLOGICAL, loss)).toMatchObject({
      hint: 'it has latency, jitter, bandwidth, cut, hold, reset',
    });
    expect(linkRefusal(PGLOGICAL, {...loss, change: {latencyMs: 5}})).toBeUndefined();
  });
  it('list no faults of processes for servers that the lab did not start', () => {
    const [own, foreign] = [capabilities(PGLOGICAL, true), capabilities(PGLOGICAL, false)];
    expect([...own].filter(action => !foreign.has(action))).toEqual(['kill', 'restart', 'pause', 'resume']);
    expect([capabilities(BUILTIN, true).has('loopguard'), own.has('loopguard')]).toEqual([false, true]);
  });
});

/** The actions in the engine's table. This test does not call the handlers. */
const capabilities = (dialect: Dialect, isOurs: boolean) =>
  capabilitiesOf(
    postgresHandlers(dialect, {shell: {}, processes: isOurs ? {} : undefined} as unknown as HandlerParts),
  );
