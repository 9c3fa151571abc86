/**
 * The handlers of faults of leaders' processes: `kill`, `restart`, `pause`, `resume`. They are carried out
 * one at a time, as is every change of links or settings.
 */
import {assertNever, must} from '../../base/assert.ts';
import {type Failure, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {PROCESS_FAULTS, type ProcessFault} from '../../faults/process-fault.ts';
import type {Outcome} from '../../port/cluster.ts';
import {sameHandler} from './model/handlers.ts';
import type {LeaderState} from './model/leader-state.ts';
import {changed, failed, worstFailure} from './model/outcome.ts';
import {doneInWords, platformRefusal, processRefusal} from './model/process-faults.ts';
import type {ClusterHandlers, ProcessCluster} from './process-cluster.ts';

/** A leader whose process the lab controls. */
export interface LeaderProcess {
  readonly id: LeaderId;
  readonly state: LeaderState;
  /** Resolves once the process has ended. */
  kill(): Promise<void>;
  /** At once; resolves when the process stands still. */
  pause(): Promise<void>;
  resume(): void;
}

/** What an engine adds to the faults of its leaders. */
export interface ProcessFaults<Leader extends LeaderProcess> {
  /** Undefined where there is no such leader. */
  find(id: LeaderId): Leader | undefined;
  /** Why these leaders could not start again; then none of them is ended. */
  restartRefusal?(ids: readonly LeaderId[]): Promise<Failure | undefined>;
  /** Starts a leader that was killed, and links it. */
  startAgain(leader: Leader): Promise<Result<null>>;
  /** Called after the leader was resumed. */
  resumed?(leader: Leader): Promise<Result<null>>;
  /** Called after the fault was carried out at all these leaders. */
  finish?(fault: ProcessFault, leaders: readonly Leader[]): Promise<void>;
}

/**
 * The handlers of `kill`, `restart`, `pause` and `resume`. They refuse a fault that the platform or the
 * status of one of the leaders does not allow.
 */
export function processHandlers<Leader extends LeaderProcess>(
  {queue}: ProcessCluster,
  faults: ProcessFaults<Leader>,
): ClusterHandlers<ProcessFault> {
  const carryOut = async (fault: ProcessFault, ids: readonly LeaderId[]): Promise<Outcome> => {
    const refusal =
      platformRefusal(fault, process.platform) ??
      processRefusal(fault, ids, id => faults.find(id)?.state.status) ??
      (fault === 'restart' ? await faults.restartRefusal?.(ids) : undefined);
    if (refusal !== undefined) return failed(refusal);
    const leaders = ids.map(id => must(faults.find(id), `the leader ${id}`));
    const failure = worstFailure(await Promise.all(leaders.map(leader => carryOutAt(faults, fault, leader))));
    await faults.finish?.(fault, leaders);
    return failure === undefined ? changed(doneInWords(fault, ids)) : failed(failure);
  };
  return sameHandler(PROCESS_FAULTS, ({type, leaders}) => queue.take(() => carryOut(type, leaders)));
}

async function carryOutAt<Leader extends LeaderProcess>(
  faults: ProcessFaults<Leader>,
  fault: ProcessFault,
  leader: Leader,
): Promise<Result<null>> {
  switch (fault) {
    case 'kill':
      await leader.kill();
      return succeed(null);
    case 'restart':
      await leader.kill();
      return faults.startAgain(leader);
    case 'pause':
      await leader.pause();
      return succeed(null);
    case 'resume':
      leader.resume();
      return faults.resumed?.(leader) ?? succeed(null);
    default:
      return assertNever(fault);
  }
}
