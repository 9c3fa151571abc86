/**
 * The nemesis: a random plan from a seed. Writes of one kind a key, so that most of them fit what is there,
 * and faults that come, overlap and go. Swarm testing: each plan draws first which kinds of fault it has at
 * all, so that many plans are bad in one way only and a few in all (Groce et al., "Swarm Testing", 2012).
 */
import {assertNever} from '../base/assert.ts';
import {type Key, key, type LeaderId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import {Prng} from '../base/prng.ts';
import type {Guard, LinkSelector, Target, TopologySpec} from '../command/action.ts';
import {DRIFT_LIMIT_MS} from '../core/log/hybrid-clock.ts';
import type {Intent} from '../core/log/op.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {Plan, PlanAction, Step} from './plan.ts';

/** What a run is to be about; the rest is drawn from the seed. */
export type Subject = Pick<Plan, 'resolver' | 'custom'> & {
  readonly leaders: readonly LeaderId[];
  /** Only `set`s of such values: what a person's module may be made for. */
  readonly only?: ValueKind;
};

export const VALUE_KINDS = ['number', 'text', 'array', 'document'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/** A small value of the kind; equal numbers give equal values. */
export function sampleOf(kind: ValueKind, n: number): Json {
  switch (kind) {
    case 'number':
      return n;
    case 'text':
      return `v${n}`;
    case 'array':
      return [`v${n}`];
    case 'document':
      return {[`f${n % 3}`]: n};
    default:
      return assertNever(kind);
  }
}

/**
 * Under which what is shown is a function of what was applied, so that a while of it changes nothing in the
 * end.
 */
const SWITCHED_TO = ['lww', 'hlc', 'fww', 'siblings', 'revision', 'fields', 'crdt'] as const;

const TOPOLOGIES: readonly TopologySpec['name'][] = ['mesh', 'ring', 'two-way-ring', 'star', 'chain', 'tree'];

export function planFrom(seed: number, {resolver, custom, leaders: all, only}: Subject): Plan {
  const random = new Prng(`plan ${seed}`);
  const leaders = all.slice(0, random.int(Math.min(2, all.length), all.length));
  const lastMs = random.int(200, 4000);
  const draw = new Draw(random, {
    leaders,
    newcomers: all.filter(leader => !leaders.includes(leader)),
    lastMs,
    resolver,
    only,
  });
  const steps = [...draw.settings(), ...draw.writes(), ...draw.faults()].sort((a, b) => a.atMs - b.atMs);
  const delivery = random.chance(0.3) ? 'causal' : 'fifo';
  return {
    seed,
    leaders,
    topology: {name: random.chance(0.5) ? 'mesh' : random.pick(TOPOLOGIES)} as TopologySpec,
    resolver,
    ...(custom ? {custom} : {}),
    delivery,
    ...(random.chance(delivery === 'causal' ? 0.4 : 0.1) ? {waitingOps: random.int(1, 5)} : {}),
    steps,
  };
}

type Kind = 'register' | 'counter' | 'set' | 'document';
const KINDS: readonly Kind[] = ['register', 'register', 'counter', 'set', 'document'];

/** What four writes to one key are to do. */
interface Quarrel {
  readonly key: Key;
  readonly intents: readonly [Intent, Intent, Intent, Intent];
}

/** A fault with its end. */
type Drawn = (atMs: number, endMs: number) => readonly Step[];

interface Scope extends Pick<Subject, 'leaders' | 'resolver'> {
  /** Who may join. */
  readonly newcomers: readonly LeaderId[];
  readonly lastMs: number;
  readonly only: ValueKind | undefined;
}

class Draw {
  readonly #random: Prng;
  readonly #scope: Scope;
  readonly #keys: readonly {readonly key: Key; readonly kind: Kind}[];
  /** Whether many writes are equal, and whether some values have the wrong type for the key. */
  readonly #hasEqual: boolean;
  readonly #hasMisfits: boolean;
  readonly #hasGuards: boolean;
  #joined = 0;
  /** The leader whose disk is lost, which is always the same: others then have what it lost. */
  readonly #loser: LeaderId;

  constructor(random: Prng, scope: Scope) {
    this.#random = random;
    this.#scope = scope;
    this.#keys = ['a', 'b', 'c']
      .slice(0, random.int(1, 3))
      .map(name => ({key: key(name), kind: random.pick(KINDS)}));
    this.#hasEqual = random.chance(0.3);
    this.#hasMisfits = random.chance(0.25);
    this.#hasGuards = random.chance(0.3);
    this.#loser = random.pick(scope.leaders);
  }

  /** The initial settings of the leaders. */
  settings(): Step[] {
    const random = this.#random;
    const steps: Step[] = [];
    if (random.chance(0.3)) steps.push({atMs: 0, action: {type: 'ack', ack: random.pick(['quorum', 'all'])}});
    if (random.chance(0.1)) steps.push({atMs: 0, action: {type: 'loopguard', on: false}});
    return steps;
  }

  writes(): Step[] {
    const count = this.#random.int(3, 40);
    return Array.from(
      {length: count},
      (_, i): Step => ({atMs: this.#when(), action: this.#client(i, this.#random.pick(this.#scope.leaders))}),
    );
  }

  faults(): Step[] {
    const kinds = this.#random.shuffle(this.#kinds()).slice(0, this.#random.int(0, 5));
    return kinds.flatMap(kind =>
      Array.from({length: this.#random.int(1, 3)}, () => {
        const atMs = this.#when();
        return kind(atMs, atMs + this.#random.int(1, 1500));
      }).flat(),
    );
  }

  #client(n: number, leader: LeaderId): PlanAction {
    const random = this.#random;
    const {key: of, kind} = random.pick(this.#keys);
    const at = this.#at(leader);
    if (random.chance(0.15)) return {type: 'read', key: of, at};
    if (random.chance(0.08) && this.#keys.length > 1) {
      return {
        type: 'txn',
        writes: this.#keys.slice(0, 2).map(one => ({key: one.key, intent: this.#intent(one.kind, n)})),
        at,
      };
    }
    const intent = this.#intent(kind, n);
    if (intent.type !== 'set' || !this.#hasGuards || random.chance(0.5))
      return {type: 'write', key: of, intent, at};
    return {
      type: 'write',
      key: of,
      intent,
      at,
      guard: this.#guard(random.chance(0.8) ? {key: of, kind} : random.pick(this.#keys), n),
    };
  }

  /** A value that probably exists. */
  #guard({key: of, kind}: {readonly key: Key; readonly kind: Kind}, n: number): Guard {
    const random = this.#random;
    if (random.chance(0.3)) return {key: of, expected: {absent: true}};
    return {
      key: of,
      expected: {value: this.#value(kind, random.chance(0.5) ? n : Math.max(0, n - random.int(1, 3)))},
    };
  }

  /**
   * Every value is unique, so that a reading identifies its write; except in plans with many equal writes.
   */
  #value(kind: Kind, n: number): Json {
    const number = this.#hasEqual ? this.#random.int(1, 2) : n;
    if (kind !== 'document') return number;
    return this.#random.pick<Json>([
      {name: number},
      {name: number},
      {address: number},
      {address: {city: number}},
    ]);
  }

  /** A write to a key of another type; leaders refuse it or treat it differently, depending on the order. */
  #misfit(n: number): Intent {
    const random = this.#random;
    return random.pick<Intent>([
      {type: 'set', value: ['milk']},
      {type: 'set', value: ['eggs', 'milk']},
      {type: 'set', value: {name: n}},
      {type: 'set', value: n},
      {type: 'sadd', element: 'milk'},
      {type: 'hset', field: 'name', value: n},
      {type: 'incr', by: 1},
    ]);
  }

  #intent(kind: Kind, n: number): Intent {
    const random = this.#random;
    if (this.#scope.only !== undefined)
      return {type: 'set', value: sampleOf(this.#scope.only, random.int(1, 9))};
    if (random.chance(0.08)) return {type: 'del'};
    if (this.#hasMisfits && random.chance(0.2)) return this.#misfit(n);
    if (kind === 'counter') return {type: 'incr', by: random.int(-2, 5)};
    if (kind === 'set')
      return {type: random.chance(0.6) ? 'sadd' : 'srem', element: random.pick(['milk', 'eggs'])};
    if (kind === 'document' && random.chance(0.8))
      return {
        type: 'hset',
        field: random.pick(['name', 'address.city', 'address']),
        value: this.#value('register', n),
      };
    return {type: 'set', value: this.#value(kind, n)};
  }

  #kinds(): Drawn[] {
    const random = this.#random;
    const span =
      (begin: () => PlanAction, end: (begun: PlanAction) => PlanAction): Drawn =>
      (atMs, endMs) => {
        const begun = begin();
        return [
          {atMs, action: begun},
          {atMs: endMs, action: end(begun)},
        ];
      };
    const leader = () => [random.pick(this.#scope.leaders)];
    const heal = (): PlanAction => ({type: 'heal', links: 'all'});
    const change = (fields: () => object): Drawn =>
      span(() => ({type: 'link', links: [this.#link()], change: fields()}) as PlanAction, heal);
    return [
      (atMs, endMs) => this.#death(random.pick(this.#scope.leaders), atMs, endMs),
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
      atMs => this.#clocks(atMs),
      (atMs, endMs) => this.#switches(atMs, endMs),
      atMs => [{atMs, action: {type: 'topology', topology: {name: random.pick(TOPOLOGIES)} as TopologySpec}}],
      (atMs, endMs) => this.#joins(atMs, endMs),
      (atMs, endMs) => this.#leaves(atMs, endMs),
      (atMs, endMs) => this.#fullDisk(random.pick(this.#scope.leaders), atMs, endMs),
      (atMs, endMs) => this.#lostDisk(atMs, endMs),
      (atMs, endMs) => this.#quarrel(atMs, endMs),
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

  /** PlanClients come to the joining at once, while it still catches up; often it or its donor dies of that. */
  #joins(atMs: number, endMs: number): Step[] {
    const random = this.#random;
    const joining = this.#scope.newcomers[this.#joined];
    if (joining === undefined) return [];
    this.#joined += 1;
    const from = random.pick(this.#scope.leaders);
    const clients = Array.from({length: random.int(1, 6)}, (_, i): Step => {
      return {atMs: atMs + 5 * random.int(0, 200), action: this.#client(100 * this.#joined + i, joining)};
    });
    const death = random.chance(0.4)
      ? this.#death(random.pick([joining, from]), atMs + 5 * random.int(0, 60), endMs + 300)
      : [];
    return [
      {atMs, action: {type: 'join', leader: joining, from: random.chance(0.8) ? from : undefined}},
      ...clients,
      ...death,
    ];
  }

  /** The leader leaves while its clients are active; it often joins again with its old log. */
  #leaves(atMs: number, endMs: number): Step[] {
    const random = this.#random;
    const {leaders} = this.#scope;
    if (leaders.length < 3) return [];
    const leader = random.pick(leaders);
    const clients = Array.from(
      {length: random.int(0, 2)},
      (_, i): Step => ({atMs, action: this.#client(200 + i, leader)}),
    );
    const back: Step[] = random.chance(0.4)
      ? [{atMs: endMs + 200, action: {type: 'join', leader, from: undefined}}]
      : [];
    return [...clients, {atMs, action: {type: 'leave', leader}}, ...back];
  }

  /** PlanClients are refused meanwhile; sometimes the leader crashes too. */
  #fullDisk(leader: LeaderId, atMs: number, endMs: number): Step[] {
    const random = this.#random;
    const clients = Array.from({length: random.int(1, 5)}, (_, i): Step => {
      return {
        atMs: atMs + 5 * random.int(0, Math.ceil((endMs - atMs) / 5)),
        action: this.#client(300 + i, leader),
      };
    });
    const death = random.chance(0.2) ? this.#death(leader, atMs + random.int(1, 50), endMs + 100) : [];
    const disk = (fails: boolean): PlanAction => ({type: 'disk', leader, fails});
    const backlog = random.chance(0.4) ? this.#backlog(leader, atMs) : [];
    return [...backlog, {atMs, action: disk(true)}, ...clients, ...death, {atMs: endMs, action: disk(false)}];
  }

  /**
   * A leader dies, comes back with an older copy of its disk, and has clients at once. Often one of the
   * others is silent then, or its link is cut; sometimes the leader cannot reach anybody for longer than it
   * waits.
   */
  #lostDisk(atMs: number, endMs: number): Step[] {
    const random = this.#random;
    const leader = this.#loser;
    const before = Array.from({length: random.int(1, 4)}, (_, i): Step => {
      return {atMs: Math.max(0, atMs - 5 * random.int(0, 200)), action: this.#client(600 + i, leader)};
    });
    const after = Array.from({length: random.int(1, 3)}, (_, i): Step => {
      return {atMs: endMs + 5 * random.int(0, 300), action: this.#client(610 + i, leader)};
    });
    const keep = random.chance(0.4) ? 0 : random.int(0, 99) / 100;
    return [
      ...before,
      {atMs, action: {type: 'kill', leaders: [leader]}},
      {atMs, action: {type: 'disk-lost', leader, keep}},
      ...(random.chance(0.5) ? this.#silence(leader, endMs) : []),
      {atMs: endMs, action: {type: 'restart', leaders: [leader]}},
      ...after,
    ];
  }

  /** Whoever could help the leader, which starts at this time, is not there or goes away. */
  #silence(leader: LeaderId, atMs: number): Step[] {
    const random = this.#random;
    const [other = leader, ...others] = random.shuffle(this.#scope.leaders.filter(one => one !== leader));
    if (random.chance(0.3)) {
      const last: Step = {atMs: atMs + 1500 + 5 * random.int(0, 100), action: this.#client(620, leader)};
      const groups = [[leader], [other, ...others]];
      return [
        {atMs, action: {type: 'partition', groups}},
        last,
        {atMs: last.atMs + 500, action: {type: 'heal', links: 'all'}},
      ];
    }
    const fromMs = atMs + 5 * random.int(0, 80);
    const untilMs = fromMs + 2000;
    if (random.chance(0.5)) {
      const links: LinkSelector[] = [{a: leader, b: other, both: true} as LinkSelector];
      return [
        {atMs: fromMs, action: {type: 'cut', links}},
        {atMs: untilMs, action: {type: 'heal', links: 'all'}},
      ];
    }
    return [
      {atMs: fromMs, action: {type: 'pause', leaders: [other]}},
      {atMs: untilMs, action: {type: 'resume', leaders: [other]}},
    ];
  }

  /**
   * Two leaders write to one key at once. Then one of them writes with both writes before it, and somebody
   * writes who is cut off from the first and knows the second alone. Often it is a document: the first two
   * write the same field, the third any, and the fourth all of it.
   */
  #quarrel(atMs: number, endMs: number): Step[] {
    const random = this.#random;
    const {leaders} = this.#scope;
    const [first = random.pick(leaders), second = first, cutOff = second] = random.shuffle(leaders);
    const {key: of, intents} =
      this.#scope.only === undefined && random.chance(0.6) ? this.#documentQuarrel() : this.#anyQuarrel();
    const [one, two, three, four] = intents;
    const write = (leader: LeaderId, intent: Intent) =>
      ({type: 'write', key: of, intent, at: this.#at(leader)}) as const;
    const thenMs = atMs + 5 * random.int(20, 60);
    return [
      {atMs, action: {type: 'cut', links: [{a: first, b: cutOff, both: true} as LinkSelector]}},
      {atMs, action: {type: 'concurrently', writes: [write(first, one), write(second, two)]}},
      {atMs: thenMs, action: write(second, three)},
      {atMs: thenMs + 5 * random.int(0, 20), action: write(cutOff, four)},
      {atMs: endMs + 750, action: {type: 'heal', links: 'all'}},
    ];
  }

  #anyQuarrel(): Quarrel {
    const {key: of, kind} = this.#random.pick(this.#keys);
    const next = (n: number): Intent => this.#intent(kind, n);
    return {key: of, intents: [next(700), next(701), next(702), next(703)]};
  }

  #documentQuarrel(): Quarrel {
    const random = this.#random;
    const fields = ['name', 'address'] as const;
    const hset = (field: string, n: number): Intent => ({
      type: 'hset',
      field,
      value: this.#value('register', n),
    });
    const common = random.pick(fields);
    const whole: Intent = {type: 'set', value: {[random.pick(fields)]: this.#value('register', 703)}};
    return {
      key: key('d'),
      intents: [hset(common, 700), hset(common, 701), hset(random.pick(fields), 702), whole],
    };
  }

  /** What the others wrote while the leader was cut off comes from all of them, soon after this time. */
  #backlog(leader: LeaderId, atMs: number): Step[] {
    const random = this.#random;
    const others = this.#scope.leaders.filter(other => other !== leader);
    if (others.length < 2) return [];
    const beganMs = Math.max(0, atMs - 600);
    const writes = Array.from({length: random.int(4, 8)}, (_, i): Step => {
      return {
        atMs: beganMs + 5 * random.int(0, Math.ceil((atMs - beganMs) / 5)),
        action: this.#client(500 + i, random.pick(others)),
      };
    });
    const cut: PlanAction = {type: 'partition', groups: [[leader], others]};
    return [{atMs: beganMs, action: cut}, ...writes, {atMs: atMs + 5, action: {type: 'heal', links: 'all'}}];
  }

  /** To another resolver and back. The person's own is never switched: it would have to be loaded again. */
  #switches(atMs: number, endMs: number): Step[] {
    const {resolver} = this.#scope;
    if (resolver.name === 'custom') return [];
    const other: ResolverSpec = {name: this.#random.pick(SWITCHED_TO)};
    return [
      {atMs, action: {type: 'resolver', resolver: other, at: 'cluster'}},
      {atMs: endMs, action: {type: 'resolver', resolver, at: 'cluster'}},
    ];
  }

  /**
   * Often in the middle of a write and a read, which its disk then may not have answered for; and somebody
   * looks when it is back.
   */
  #death(leader: LeaderId, atMs: number, endMs: number): Step[] {
    const {key: of, kind} = this.#random.pick(this.#keys);
    const at = this.#at(leader);
    const look: PlanAction = {type: 'read', key: of, at};
    const lastWords: PlanAction[] = this.#random.chance(0.5)
      ? [{type: 'write', key: of, intent: this.#intent(kind, 0), at}, look]
      : [];
    return [
      ...[...lastWords, {type: 'kill', leaders: [leader]} as const].map(action => ({atMs, action})),
      ...[{type: 'restart', leaders: [leader]} as const, look].map(action => ({atMs: endMs, action})),
    ];
  }

  /**
   * Now and then by more than others would take over; then one of them often starts again, and writes with
   * what is in its log.
   */
  #clocks(atMs: number): Step[] {
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
      {atMs, action: this.#client(400, leader)},
      {atMs: diesMs + 200, action: this.#client(401, other)},
    ];
    return [set, ...writes, ...this.#death(other, diesMs, diesMs + 100)];
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

  #at(leader: LeaderId): Target {
    return {type: 'leaders', leaders: [leader]};
  }

  /** Whole steps, so that some things happen at the same time. */
  #when(): number {
    return 5 * this.#random.int(0, this.#scope.lastMs / 5);
  }
}
