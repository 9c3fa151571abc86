/**
 * The random faults of a plan: they come, overlap and end. Swarm testing: each plan first draws which kinds
 * of fault it has, so many plans have one kind only and a few have many (Groce et al., "Swarm Testing",
 * 2012).
 */
import type {LeaderId} from '../base/ids.ts';
import type {Prng} from '../base/prng.ts';
import type {LinkSelector, TopologySpec} from '../command/topology.ts';
import {DRIFT_LIMIT_MS} from '../core/log/hybrid-clock.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {PlanAction, Step} from './plan.ts';
import {type PlanScope, type RandomClients, randomTimeMs} from './random-clients.ts';
import type {RandomScenarios} from './random-scenarios.ts';

/** Draws one fault that begins and ends at these times. */
type FaultKind = (atMs: number, endMs: number) => readonly Step[];

/**
 * Under these resolvers the state is a function of the applied operations, so using one of them for some time
 * changes nothing in the end.
 */
const SWITCHED_TO = ['lww', 'hlc', 'fww', 'siblings', 'revision', 'fields', 'crdt'] as const;

export const TOPOLOGIES: readonly TopologySpec['name'][] = [
  'mesh',
  'ring',
  'two-way-ring',
  'star',
  'chain',
  'tree',
];

export class RandomFaults {
  readonly #random: Prng;
  readonly #scope: PlanScope;
  readonly #clients: RandomClients;
  readonly #scenarios: RandomScenarios;

  constructor(random: Prng, scope: PlanScope, clients: RandomClients, scenarios: RandomScenarios) {
    this.#random = random;
    this.#scope = scope;
    this.#clients = clients;
    this.#scenarios = scenarios;
  }

  /** The steps of up to five kinds of fault, in no order. */
  steps(): Step[] {
    const kinds = this.#random.shuffle(this.#kinds()).slice(0, this.#random.int(0, 5));
    return kinds.flatMap(kind =>
      Array.from({length: this.#random.int(1, 3)}, () => {
        const atMs = randomTimeMs(this.#random, this.#scope.lastMs);
        return kind(atMs, atMs + this.#random.int(1, 1500));
      }).flat(),
    );
  }

  #kinds(): FaultKind[] {
    const random = this.#random;
    const span =
      (begin: () => PlanAction, end: (begun: PlanAction) => PlanAction): FaultKind =>
      (atMs, endMs) => {
        const begun = begin();
        return [
          {atMs, action: begun},
          {atMs: endMs, action: end(begun)},
        ];
      };
    const leader = () => [random.pick(this.#scope.leaders)];
    const heal = (): PlanAction => ({type: 'heal', links: 'all'});
    const change = (fields: () => object): FaultKind =>
      span(() => ({type: 'link', links: [this.#link()], change: fields()}) as PlanAction, heal);
    return [
      (atMs, endMs) => this.#scenarios.crash(random.pick(this.#scope.leaders), atMs, endMs),
      span(
        () => ({type: 'pause', leaders: leader()}),
        begun => ({...begun, type: 'resume'}) as PlanAction,
      ),
      span(() => ({type: 'cut', links: [this.#link()]}), heal),
      span(
        () => ({type: 'hold', links: [this.#link()]}),
        begun => ({...begun, type: 'release'}) as PlanAction,
      ),
      span(() => ({type: 'partition', groups: this.#groups()}), heal),
      change(() => ({lossShare: random.next() / 2})),
      change(() => ({dupShare: random.next() / 2})),
      change(() => ({reorderShare: random.next() / 2})),
      change(() => ({latencyMs: random.int(0, 400), jitterMs: random.int(0, 200)})),
      atMs => [{atMs, action: {type: 'reset', links: [this.#link()]}}],
      atMs => this.#wrongClock(atMs),
      (atMs, endMs) => this.#resolverSwitch(atMs, endMs),
      atMs => [{atMs, action: {type: 'topology', topology: {name: random.pick(TOPOLOGIES)} as TopologySpec}}],
      (atMs, endMs) => this.#scenarios.join(atMs, endMs),
      (atMs, endMs) => this.#scenarios.leave(atMs, endMs),
      (atMs, endMs) => this.#scenarios.fullDisk(random.pick(this.#scope.leaders), atMs, endMs),
      (atMs, endMs) => this.#scenarios.lostDisk(atMs, endMs),
      (atMs, endMs) => this.#scenarios.conflict(atMs, endMs),
      span(
        () => ({type: 'ack', ack: random.pick(['quorum', 'all'])}),
        () => ({type: 'ack', ack: random.pick(['local', 'quorum'])}),
      ),
      span(
        () => ({type: 'delivery', delivery: random.pick(['causal', 'fifo'])}),
        () => ({type: 'delivery', delivery: random.pick(['causal', 'fifo'])}),
      ),
      span(
        () => ({type: 'loopguard', on: false}),
        () => ({type: 'loopguard', on: true}),
      ),
    ];
  }

  /**
   * Switches to another resolver and back. A plan with a user's module keeps it: it would have to be loaded
   * again.
   */
  #resolverSwitch(atMs: number, endMs: number): Step[] {
    const {resolver} = this.#scope;
    if (resolver.name === 'custom') return [];
    const other: ResolverSpec = {name: this.#random.pick(SWITCHED_TO)};
    return [
      {atMs, action: {type: 'resolver', resolver: other, at: 'cluster'}},
      {atMs: endMs, action: {type: 'resolver', resolver, at: 'cluster'}},
    ];
  }

  /**
   * Sets the clock of a leader wrong, sometimes by more than its peers accept. Then a peer often crashes,
   * restarts, and writes with the stamps in its log.
   */
  #wrongClock(atMs: number): Step[] {
    const random = this.#random;
    const [leader = random.pick(this.#scope.leaders), other = leader] = random.shuffle(this.#scope.leaders);
    const to = (change: {offsetMs: number} | {driftPpm: number}): Step => ({
      atMs,
      action: {type: 'clock', leaders: [leader], change},
    });
    if (!random.chance(0.25))
      return [
        to(
          random.chance(0.7) ? {offsetMs: random.int(-3000, 3000)} : {driftPpm: random.int(-20_000, 20_000)},
        ),
      ];
    const set = to({offsetMs: random.pick([-1, 1]) * random.int(DRIFT_LIMIT_MS, 3 * DRIFT_LIMIT_MS)});
    if (random.chance(0.5)) return [set];
    const diesMs = atMs + random.int(100, 500);
    const writes: Step[] = [
      {atMs, action: this.#clients.action(400, leader)},
      {atMs: diesMs + 200, action: this.#clients.action(401, other)},
    ];
    return [set, ...writes, ...this.#scenarios.crash(other, diesMs, diesMs + 100)];
  }

  #link(): LinkSelector {
    const [a, b] = this.#random.shuffle(this.#scope.leaders);
    return {
      a: a ?? this.#scope.leaders[0],
      b: b ?? this.#scope.leaders[0],
      both: this.#random.chance(0.5),
    } as LinkSelector;
  }

  #groups(): LeaderId[][] {
    const shuffled = this.#random.shuffle(this.#scope.leaders);
    const middle = this.#random.int(1, shuffled.length - 1);
    return [shuffled.slice(0, middle), shuffled.slice(middle)];
  }
}
