/**
 * Where leaders have stopped applying operations, and the command that lets each continue. Pure.
 */
import {type Failure, fail} from '../base/failure.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import {listed} from '../base/list.ts';
import type {EngineResult} from '../port/cluster.ts';
import type {ClusterView} from '../port/view.ts';

export interface Halt {
  /** The leader that stopped. */
  readonly at: LeaderId;
  /**
   * The leader whose operations it does not apply: their origin, or the sender of the link that its server
   * stopped.
   */
  readonly from: LeaderId;
  /** The key that it stopped at, if that is known. */
  readonly key: Key | undefined;
}

/** The halts of all leaders at present. */
export function haltsIn({leaders, links}: ClusterView): readonly Halt[] {
  const halted = leaders.flatMap(({id, halted: origins}) =>
    origins.map(({origin, key}): Halt => ({at: id, from: origin, key})),
  );
  const stopped = links.flatMap(({from, to, stopped: stop}): Halt[] => {
    const isKnown = halted.some(({at, from: origin}) => at === to && origin === from);
    return stop === undefined || isKnown ? [] : [{at: to, from, key: undefined}];
  });
  return [...halted, ...stopped];
}

/**
 * The failure of a `skip` that found nothing to skip although another leader is halted. It names the
 * arguments that would help.
 */
export function nothingSkipped(result: EngineResult | undefined, view: ClusterView): Failure | undefined {
  if (result?.type !== 'skipped') return undefined;
  const asked = Object.entries(result.dots);
  const halts = haltsIn(view);
  if (halts.length === 0 || asked.some(([, dots]) => 'error' in dots || dots.length > 0)) return undefined;
  const where = listed(asked.map(([leader]) => leader));
  const commands = [...new Set(halts.map(({from, at}) => `skip ${from} @${at}`))];
  return fail('nothing-to-skip', `nothing to skip at ${where}`, `halted: ${commands.join(', or ')}`).failure;
}
