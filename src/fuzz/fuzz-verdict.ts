/**
 * The search for `expect fuzz`: what breaks a resolver, in one sentence.
 */
import type {LinkDefaults} from '../faults/wan.ts';
import type {Subject} from '../sim/nemesis.ts';
import {fuzz} from '../sim/search.ts';
import {checkLaws} from './laws.ts';

/** How many histories run before the event loop gets its turn. */
const BATCH = 20;

/**
 * The first breach: of the laws, or in one of the histories of the seeds 1 to `seeds`. `undefined` if there
 * is none, or if the signal ended the search.
 */
export async function breachOf(
  subject: Subject,
  links: LinkDefaults,
  seeds: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const laws = subject.custom === undefined ? [] : checkLaws(subject.custom);
  const lawful = laws.find(({status}) => status === 'holds');
  const broken = laws.find(({status}) => status === 'broken') ?? laws[0];
  if (broken !== undefined && lawful === undefined) return broken.text;
  const limited = lawful === undefined ? subject : {...subject, only: lawful.kind};
  for (const {find, seeds: done} of fuzz(limited, links, 1, seeds)) {
    if (find !== undefined) return `seed ${find.seed}: ${find.violation.text}`;
    if (done % BATCH === 0) await new Promise(resolve => setImmediate(resolve));
    if (signal.aborted) return undefined;
  }
  return undefined;
}
