/**
 * Random scenarios: faults and writes that together reach a rare state of replication, which independent
 * faults would seldom reach. Every scenario has a time at which it begins, and one at which its fault ends.
 */
import {type Key, key, type LeaderId} from '../base/ids.ts';
import type {Prng} from '../base/prng.ts';
import type {LinkSelector} from '../command/topology.ts';
import type {Intent} from '../core/log/op.ts';
import type {PlanAction, Step} from './plan.ts';
import {atLeader, type PlanScope, type RandomClients} from './random-clients.ts';

/** Four writes to one key, in the order in which `conflict` makes them. */
interface ConflictingWrites {
  readonly key: Key;
  readonly intents: readonly [Intent, Intent, Intent, Intent];
}

export class RandomScenarios {
  readonly #random: Prng;
  readonly #scope: PlanScope;
  readonly #clients: RandomClients;
  /** How many of the newcomers have joined. */
  #joined = 0;
  /** In a plan only this leader loses its disk, so that the others have what it lost. */
  readonly #diskLoser: LeaderId;

  constructor(random: Prng, scope: PlanScope, clients: RandomClients) {
    this.#random = random;
    this.#scope = scope;
    this.#clients = clients;
    this.#diskLoser = random.pick(scope.leaders);
  }

  /**
   * The leader crashes and restarts, and a client reads then. Often it crashes right after a write, which its
   * disk may not have confirmed.
   */
  crash(leader: LeaderId, atMs: number, endMs: number): Step[] {
    const {key: of, kind} = this.#clients.pickKey();
    const at = atLeader(leader);
    const read: PlanAction = {type: 'read', key: of, at};
    const lastActions: PlanAction[] = this.#random.chance(0.5)
      ? [{type: 'write', key: of, intent: this.#clients.intent(kind, 0), at}, read]
      : [];
    return [
      ...[...lastActions, {type: 'kill', leaders: [leader]} as const].map(action => ({atMs, action})),
      ...[{type: 'restart', leaders: [leader]} as const, read].map(action => ({atMs: endMs, action})),
    ];
  }

  /** A leader joins and gets clients while it still catches up. Often it or its donor crashes meanwhile. */
  join(atMs: number, endMs: number): Step[] {
    const random = this.#random;
    const joining = this.#scope.newcomers[this.#joined];
    if (joining === undefined) return [];
    this.#joined += 1;
    const from = random.pick(this.#scope.leaders);
    const clients = Array.from({length: random.int(1, 6)}, (_, i): Step => {
      return {
        atMs: atMs + 5 * random.int(0, 200),
        action: this.#clients.action(100 * this.#joined + i, joining),
      };
    });
    const crash = random.chance(0.4)
      ? this.crash(random.pick([joining, from]), atMs + 5 * random.int(0, 60), endMs + 300)
      : [];
    return [
      {atMs, action: {type: 'join', leader: joining, from: random.chance(0.8) ? from : undefined}},
      ...clients,
      ...crash,
    ];
  }

  /** A leader leaves while its clients are active. Often it joins again, with its old log. */
  leave(atMs: number, endMs: number): Step[] {
    const random = this.#random;
    const {leaders} = this.#scope;
    if (leaders.length < 3) return [];
    const leader = random.pick(leaders);
    const clients = Array.from(
      {length: random.int(0, 2)},
      (_, i): Step => ({atMs, action: this.#clients.action(200 + i, leader)}),
    );
    const back: Step[] = random.chance(0.4)
      ? [{atMs: endMs + 200, action: {type: 'join', leader, from: undefined}}]
      : [];
    return [...clients, {atMs, action: {type: 'leave', leader}}, ...back];
  }

  /**
   * The disk of the leader is full for some time, so clients are refused. Sometimes the leader crashes, too.
   */
  fullDisk(leader: LeaderId, atMs: number, endMs: number): Step[] {
    const random = this.#random;
    const clients = Array.from({length: random.int(1, 5)}, (_, i): Step => {
      return {
        atMs: atMs + 5 * random.int(0, Math.ceil((endMs - atMs) / 5)),
        action: this.#clients.action(300 + i, leader),
      };
    });
    const crash = random.chance(0.2) ? this.crash(leader, atMs + random.int(1, 50), endMs + 100) : [];
    const disk = (fails: boolean): PlanAction => ({type: 'disk', leader, fails});
    const backlog = random.chance(0.4) ? this.#backlog(leader, atMs) : [];
    return [...backlog, {atMs, action: disk(true)}, ...clients, ...crash, {atMs: endMs, action: disk(false)}];
  }

  /** The leader is cut off while the others write. Soon after `atMs` it gets the writes of all of them. */
  #backlog(leader: LeaderId, atMs: number): Step[] {
    const random = this.#random;
    const others = this.#scope.leaders.filter(other => other !== leader);
    if (others.length < 2) return [];
    const beganMs = Math.max(0, atMs - 600);
    const writes = Array.from({length: random.int(4, 8)}, (_, i): Step => {
      return {
        atMs: beganMs + 5 * random.int(0, Math.ceil((atMs - beganMs) / 5)),
        action: this.#clients.action(500 + i, random.pick(others)),
      };
    });
    const cut: PlanAction = {type: 'partition', groups: [[leader], others]};
    return [{atMs: beganMs, action: cut}, ...writes, {atMs: atMs + 5, action: {type: 'heal', links: 'all'}}];
  }

  /**
   * A leader crashes, restarts with an older copy of its disk, and has clients at once. Often one of its
   * peers is paused or cut off then. Sometimes the leader reaches nobody for longer than it waits.
   */
  lostDisk(atMs: number, endMs: number): Step[] {
    const random = this.#random;
    const leader = this.#diskLoser;
    const before = Array.from({length: random.int(1, 4)}, (_, i): Step => {
      return {
        atMs: Math.max(0, atMs - 5 * random.int(0, 200)),
        action: this.#clients.action(600 + i, leader),
      };
    });
    const after = Array.from({length: random.int(1, 3)}, (_, i): Step => {
      return {atMs: endMs + 5 * random.int(0, 300), action: this.#clients.action(610 + i, leader)};
    });
    const keep = random.chance(0.4) ? 0 : random.int(0, 99) / 100;
    return [
      ...before,
      {atMs, action: {type: 'kill', leaders: [leader]}},
      {atMs, action: {type: 'disk-lost', leader, keep}},
      ...(random.chance(0.5) ? this.#silencePeers(leader, endMs) : []),
      {atMs: endMs, action: {type: 'restart', leaders: [leader]}},
      ...after,
    ];
  }

  /** The peers that could help the leader, which restarts at `atMs`, are cut off or paused. */
  #silencePeers(leader: LeaderId, atMs: number): Step[] {
    const random = this.#random;
    const [other = leader, ...others] = random.shuffle(this.#scope.leaders.filter(one => one !== leader));
    if (random.chance(0.3)) {
      const last: Step = {
        atMs: atMs + 1500 + 5 * random.int(0, 100),
        action: this.#clients.action(620, leader),
      };
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
   * Two leaders write to one key concurrently. Then one of them writes after it has seen both writes, and a
   * third leader, cut off from the first, writes after it has seen only the second. Often the key is a
   * document: the first two write the same field, the third any field, and the fourth the whole document.
   */
  conflict(atMs: number, endMs: number): Step[] {
    const random = this.#random;
    const {leaders} = this.#scope;
    const [first = random.pick(leaders), second = first, cutOff = second] = random.shuffle(leaders);
    const {key: of, intents} =
      this.#scope.only === undefined && random.chance(0.6) ? this.#documentConflict() : this.#anyConflict();
    const [one, two, three, four] = intents;
    const write = (leader: LeaderId, intent: Intent) =>
      ({type: 'write', key: of, intent, at: atLeader(leader)}) as const;
    const thenMs = atMs + 5 * random.int(20, 60);
    return [
      {atMs, action: {type: 'cut', links: [{a: first, b: cutOff, both: true} as LinkSelector]}},
      {atMs, action: {type: 'concurrently', writes: [write(first, one), write(second, two)]}},
      {atMs: thenMs, action: write(second, three)},
      {atMs: thenMs + 5 * random.int(0, 20), action: write(cutOff, four)},
      {atMs: endMs + 750, action: {type: 'heal', links: 'all'}},
    ];
  }

  #anyConflict(): ConflictingWrites {
    const {key: of, kind} = this.#clients.pickKey();
    const next = (n: number): Intent => this.#clients.intent(kind, n);
    return {key: of, intents: [next(700), next(701), next(702), next(703)]};
  }

  #documentConflict(): ConflictingWrites {
    const random = this.#random;
    const fields = ['name', 'address'] as const;
    const hset = (field: string, n: number): Intent => ({
      type: 'hset',
      field,
      value: this.#clients.value('register', n),
    });
    const common = random.pick(fields);
    const whole: Intent = {type: 'set', value: {[random.pick(fields)]: this.#clients.value('register', 703)}};
    return {
      key: key('d'),
      intents: [hset(common, 700), hset(common, 701), hset(random.pick(fields), 702), whole],
    };
  }
}
