/**
 * The client requests of simulated leaders: writes, transactions, concurrent writes, and reads. An answer
 * comes by callback, often before the request returns.
 */
import {assert} from '../../../base/assert.ts';
import {fail} from '../../../base/failure.ts';
import {globMatcher} from '../../../base/glob.ts';
import type {Key, LeaderId} from '../../../base/ids.ts';
import type {ActionOf, Target, TxnAction, WriteAction} from '../../../command/action.ts';
import {isWanted, type Op} from '../../../core/log/op.ts';
import type {Dot, VersionVector} from '../../../core/log/version-vector.ts';
import type {Reading} from '../../../core/state/reading.ts';
import type {EngineResult, Outcome, WriteReport} from '../../../port/cluster.ts';
import type {Answer, Request} from '../../../sim/pending-requests.ts';
import type {Site} from '../../../sim/site.ts';
import {
  downReason,
  leavingReason,
  pausedReason,
  SAME_LEADER,
  silentReason,
  targetsOf,
  unconfirmed,
  unknownLeaderReason,
  writesOf,
} from '../../shared/model/client-answers.ts';
import {answersOutcome, failed, writesOutcome} from '../../shared/model/outcome.ts';
import type {SimulatedCluster} from './simulated-cluster.ts';

type LogAction = ActionOf<'log'>;

export type Done = (outcome: Outcome) => void;

/** The same limit as for a client of a real leader. */
const WRITE_LIMIT_MS = 5000;

export class SimulatedClients {
  readonly #cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  write(action: WriteAction | TxnAction, focused: LeaderId, done: Done): void {
    this.#writeAll(
      this.targets(action.at, focused).map(leader => ({leader, action})),
      done,
    );
  }

  /**
   * Holds back everything from the named leaders until all of them have accepted their writes. They accept
   * them within the request.
   */
  concurrently(actions: readonly (WriteAction | TxnAction)[], focused: LeaderId, done: Done): void {
    const writes = actions.flatMap(action =>
      this.targets(action.at, focused).map(leader => ({leader, action})),
    );
    const named = new Set(writes.map(({leader}) => leader));
    if (named.size < writes.length) return done(failed(fail(...SAME_LEADER).failure));
    const {network} = this.#cluster.world;
    const links = [...network.links.values()].filter(({from}) => named.has(from)).map(({id}) => id);
    network.holdBack(links, true);
    this.#writeAll(writes, done);
    network.holdBack(links, false);
  }

  writeAt(leader: LeaderId, action: WriteAction | TxnAction, report: (report: WriteReport) => void): void {
    const site = this.#cluster.world.find(leader);
    if (site === undefined) return report({leader, status: 'fail', reason: unknownLeaderReason(leader)});
    if (this.#cluster.membership.leaving.has(leader))
      return report({leader, status: 'fail', reason: leavingReason(leader)});
    const reportOnce = onlyOnce(report);
    const guard = action.type === 'write' ? action.guard : undefined;
    const request: Request = {
      type: 'write-requested',
      writes: writesOf(action),
      ...(guard === undefined ? {} : {guard}),
    };
    this.#cluster.world.ask(leader, request, answer => reportOnce(() => this.#reportOf(leader, answer)));
    // A paused leader has the request, but nobody knows when it will be resumed.
    if (site.status === 'paused')
      return reportOnce(() => ({leader, status: 'info', reason: pausedReason(leader)}));
    const giveUp = (): void => reportOnce(() => ({leader, status: 'info', reason: silentReason(leader)}));
    this.#cluster.world.time.after(WRITE_LIMIT_MS, giveUp);
  }

  read(key: Key, at: Target, focused: LeaderId, done: Done): void {
    const applied: {[leader: LeaderId]: VersionVector} = {};
    this.#askAll<Reading>(
      at,
      focused,
      (site, answered) =>
        this.#cluster.world.ask(site.id, {type: 'read-requested', key}, answer => {
          if (answer.type !== 'read') return answered({error: 'no answer'});
          applied[site.id] = answer.vv;
          answered({answer: answer.reading});
        }),
      answers => {
        const values = mapValues(answers, given =>
          'error' in given ? {type: 'error' as const, ...given} : given.answer,
        );
        done(outcomeOf({type: 'values', key, values, applied}, answers));
      },
    );
  }

  keys(glob: string, at: Target, focused: LeaderId, done: Done): void {
    const matches = globMatcher(glob);
    this.#askAll<readonly Key[]>(
      at,
      focused,
      ({replica: {fold}}, answered) =>
        answered({answer: [...fold.keys()].filter(key => matches(key) && isThere(fold.read(key))).sort()}),
      answers => done(outcomeOf({type: 'keys', keys: plain(answers)}, answers)),
    );
  }

  log(wanted: LogAction, focused: LeaderId, done: Done): void {
    this.#askAll<readonly Op[]>(
      wanted.at,
      focused,
      ({replica}, answered) => answered({answer: replica.log.filter(isWanted(wanted))}),
      answers => done(outcomeOf({type: 'log', ops: plain(answers)}, answers)),
    );
  }

  skip(origin: LeaderId | undefined, at: Target, focused: LeaderId, done: Done): void {
    this.#askAll<readonly Dot[]>(
      at,
      focused,
      (site, answered) =>
        this.#cluster.world.ask(site.id, {type: 'skip-requested', origin}, answer => {
          if (answer.type === 'skipped') answered({answer: answer.dots});
          else answered({error: answer.type === 'refused' ? answer.failure.message : 'no answer'});
        }),
      answers => done(outcomeOf({type: 'skipped', dots: plain(answers)}, answers)),
    );
  }

  targets(at: Target, focused: LeaderId): readonly LeaderId[] {
    return targetsOf(at, focused, this.#cluster.settings.members);
  }

  #writeAll(
    writes: readonly {readonly leader: LeaderId; readonly action: WriteAction | TxnAction}[],
    done: Done,
  ): void {
    collect(
      writes.map(
        ({leader, action}) =>
          (report: (report: WriteReport) => void) =>
            this.writeAt(leader, action, report),
      ),
      reports => done(writesOutcome(reports)),
    );
  }

  #reportOf(leader: LeaderId, answer: Answer): WriteReport {
    switch (answer.type) {
      case 'accepted':
        assert(answer.dot.origin === leader, 'an operation has the name of the leader that accepted it');
        this.#cluster.clusterState.acknowledge(answer.dot);
        return {leader, status: 'ok', dot: answer.dot};
      case 'unconfirmed':
        return unconfirmed(leader, answer.dot, answer.confirmed, answer.needed);
      case 'refused':
        return {leader, status: 'fail', reason: answer.failure.message};
      case 'gone':
        return answer.wasAsked
          ? {leader, status: 'info', reason: silentReason(leader)}
          : {leader, status: 'fail', reason: downReason(leader)};
      default:
        return {leader, status: 'info', reason: silentReason(leader)};
    }
  }

  /** Asks the leaders that are up. The others get an error at once. */
  #askAll<T>(
    at: Target,
    focused: LeaderId,
    ask: (site: Site, answered: (given: Given<T>) => void) => void,
    done: (answers: Answers<T>) => void,
  ): void {
    const named = this.targets(at, focused);
    const questions = named.map(id => (answered: (given: Given<T>) => void) => {
      const site = this.#cluster.world.find(id);
      if (site === undefined) answered({error: 'not in this cluster'});
      else if (site.status !== 'up') answered({error: site.status});
      else ask(site, answered);
    });
    collect(questions, given =>
      done(Object.fromEntries(named.map((id, i) => [id, given[i] ?? {error: 'no answer'}]))),
    );
  }
}

type Given<T> = {readonly answer: T} | {readonly error: string};
type Answers<T> = {readonly [leader: LeaderId]: Given<T>};

const isThere = ({type}: Reading): boolean => type !== 'absent';

/**
 * Asks all questions at once. `done` gets the answers in the order of the questions, after the last of them.
 */
function collect<T>(
  questions: readonly ((answered: (answer: T) => void) => void)[],
  done: (answers: readonly T[]) => void,
): void {
  const answers: T[] = [];
  let open = questions.length;
  if (open === 0) return done(answers);
  for (const [i, ask] of questions.entries()) {
    ask(answer => {
      assert(!(i in answers), 'a question is answered once');
      answers[i] = answer;
      open -= 1;
      if (open === 0) done(answers);
    });
  }
}

/** Only the first call has an effect: an answer after the time limit is not reported. */
function onlyOnce<T>(report: (value: T) => void): (make: () => T) => void {
  let isReported = false;
  return make => {
    if (isReported) return;
    isReported = true;
    report(make());
  };
}

function mapValues<A, B>(
  of: {readonly [leader: LeaderId]: A},
  change: (value: A) => B,
): {readonly [leader: LeaderId]: B} {
  return Object.fromEntries(Object.entries(of).map(([leader, value]) => [leader, change(value as A)]));
}

const plain = <T>(answers: Answers<T>): {readonly [leader: LeaderId]: T | {readonly error: string}} =>
  mapValues(answers, given => ('error' in given ? given : given.answer));

function outcomeOf(result: EngineResult, answers: Answers<unknown>): Outcome {
  const all = Object.entries(answers) as [LeaderId, Given<unknown>][];
  const errors = all.flatMap(([leader, given]): [LeaderId, string][] =>
    'error' in given ? [[leader, given.error]] : [],
  );
  return answersOutcome(result, all.length, errors);
}
