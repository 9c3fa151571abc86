import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {type LeaderId, type LinkId, leaderId, linkEnds} from '../../src/base/ids.ts';
import {
  linksOf,
  showTopology,
  type TopologySpec,
  topologyFault,
  topologyWith,
  topologyWithout,
} from '../../src/command/topology.ts';

const named = (n: number): LeaderId[] => Array.from({length: n}, (_, i) => leaderId(`l${i}`));
const [A, B, C, D, E] = ['a', 'b', 'c', 'd', 'e'].map(leaderId) as [
  LeaderId,
  LeaderId,
  LeaderId,
  LeaderId,
  LeaderId,
];

const leaders = fc.integer({min: 1, max: 32}).map(named);
const plain = fc.constantFrom<TopologySpec>(
  ...(['mesh', 'ring', 'two-way-ring', 'modified-ring', 'star', 'chain', 'tree'] as const).map(name => ({
    name,
  })),
);

/** Everyone whom operations from `start` reach, by following links and nothing else. */
function reached(start: LeaderId, next: ReadonlyMap<LeaderId, readonly LeaderId[]>): Set<LeaderId> {
  const seen = new Set([start]);
  for (const at of seen) for (const to of next.get(at) ?? []) seen.add(to);
  return seen;
}

function connects(links: readonly LinkId[], all: readonly LeaderId[]): boolean {
  const next = new Map<LeaderId, LeaderId[]>(all.map(leader => [leader, []]));
  for (const {from, to} of links.map(linkEnds)) next.get(from)?.push(to);
  return all.every(leader => reached(leader, next).size === all.length);
}

describe('a topology', () => {
  it('connects every leader to every other, has each link once, and links no leader to itself', () => {
    fc.assert(
      fc.property(plain, leaders, (topology, all) => {
        const links = linksOf(topology, all);
        expect(connects(links, all)).toBe(true);
        expect(new Set(links).size).toBe(links.length);
        expect(links.map(linkEnds).filter(({from, to}) => from === to)).toEqual([]);
      }),
    );
  });

  it.each<[TopologySpec['name'], (n: number) => number]>([
    ['mesh', n => n * (n - 1)],
    ['ring', n => (n < 2 ? 0 : n)],
    ['two-way-ring', n => (n < 2 ? 0 : n === 2 ? 2 : 2 * n)],
    ['modified-ring', n => (n < 2 ? 0 : n === 2 ? 2 : 2 * n)],
    ['star', n => 2 * (n - 1)],
    ['chain', n => 2 * (n - 1)],
    ['tree', n => 2 * (n - 1)],
  ])('%s has as many links as its shape', (name, count) => {
    for (let n = 1; n <= 32; n++) expect(linksOf({name} as TopologySpec, named(n))).toHaveLength(count(n));
  });

  it(
    'modified-ring connects the live leaders, whichever ' + 'leaders are dead, and has no link to a dead one',
    () => {
      fc.assert(
        fc.property(leaders, fc.infiniteStream(fc.boolean()), (all, dice) => {
          const dead = new Set(all.filter(() => dice.next().value));
          const live = all.filter(leader => !dead.has(leader));
          const links = linksOf({name: 'modified-ring'}, all, dead);
          expect(connects(links, live)).toBe(true);
          expect(links.map(linkEnds).filter(({from, to}) => dead.has(from) || dead.has(to))).toEqual([]);
        }),
      );
    },
  );

  it('the other kinds of ring have no way around dead leaders', () => {
    const dead = new Set([B]);
    expect(linksOf({name: 'ring'}, [A, B, C], dead)).toEqual(['a>b', 'b>c', 'c>a']);
    expect(linksOf({name: 'modified-ring'}, [A, B, C, D], dead)).toEqual([
      'a>c',
      'c>a',
      'c>d',
      'd>c',
      'd>a',
      'a>d',
    ]);
  });

  it('has the shape of its name', () => {
    expect(linksOf({name: 'star', hub: B}, [A, B, C])).toEqual(['b>a', 'a>b', 'b>c', 'c>b']);
    expect(linksOf({name: 'star'}, [A, B, C])).toEqual(['a>b', 'b>a', 'a>c', 'c>a']);
    expect(linksOf({name: 'chain'}, [A, B, C])).toEqual(['a>b', 'b>a', 'b>c', 'c>b']);
    expect(linksOf({name: 'tree'}, [A, B, C, D, E])).toEqual([
      'a>b',
      'b>a',
      'a>c',
      'c>a',
      'b>d',
      'd>b',
      'b>e',
      'e>b',
    ]);
    const links = [
      {a: A, b: B, both: true},
      {a: B, b: A, both: false},
      {a: B, b: C, both: false},
    ];
    expect(linksOf({name: 'custom', links}, [A, B, C])).toEqual(['a>b', 'b>a', 'b>c']);
    expect(showTopology({name: 'custom', links})).toBe('custom a-b b>a b>c');
  });

  it('is refused if it names an unknown leader, or links a leader to itself', () => {
    expect(topologyFault({name: 'star', hub: D}, [A, B])).toMatchObject({
      message: 'there is no leader d',
      hint: 'the leaders are a b',
    });
    expect(topologyFault({name: 'custom', links: [{a: A, b: D, both: true}]}, [A, B])).toMatchObject({
      message: 'there is no leader d',
    });
    expect(topologyFault({name: 'custom', links: [{a: A, b: A, both: true}]}, [A, B])).toMatchObject({
      code: 'own-link',
    });
    expect(topologyFault({name: 'star', hub: A}, [A, B])).toBeUndefined();
    expect(topologyFault({name: 'tree'}, [A, B])).toBeUndefined();
  });

  it('accepts new leaders and removes leaving ones', () => {
    const custom: TopologySpec = {name: 'custom', links: [{a: A, b: B, both: false}]};
    const wider = topologyWith(custom, C, B);
    expect(linksOf(wider, [A, B, C])).toEqual(['a>b', 'b>c', 'c>b']);
    expect(topologyWithout(wider, C)).toEqual(custom);
    expect(topologyWithout({name: 'star', hub: A}, A)).toEqual({name: 'star'});
    expect(topologyWithout({name: 'star', hub: A}, B)).toEqual({name: 'star', hub: A});
    expect(topologyWith({name: 'ring'}, C, A)).toEqual({name: 'ring'});
  });
});
