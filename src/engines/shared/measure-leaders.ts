/**
 * Asks the leaders of a cluster of real processes what each of them has now.
 */
import type {Result} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {LeaderMeasurement, Measurement} from '../../port/cluster.ts';
import type {LeaderState} from './model/leader-state.ts';

/** Asks every leader that is up, all at once. Leaders without an answer are `silent`. */
export async function measureLeaders<Leader extends {readonly id: LeaderId; readonly state: LeaderState}>(
  leaders: readonly Leader[],
  ask: (leader: Leader) => Promise<Result<LeaderMeasurement>>,
): Promise<Measurement> {
  const measured: {[leader: LeaderId]: LeaderMeasurement} = {};
  const silent: LeaderId[] = [];
  await Promise.all(
    leaders.map(async leader => {
      const answer = leader.state.status === 'up' ? await ask(leader) : undefined;
      if (answer?.ok) measured[leader.id] = answer.value;
      else silent.push(leader.id);
    }),
  );
  return {leaders: measured, silent};
}
