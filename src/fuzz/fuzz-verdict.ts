/**
 * The search in one sentence: what it found of a resolver, for a check of a lab in which a person fixes their
 * module.
 */
import type {LinkDefaults} from '../faults/wan.ts';
import type {Subject} from '../sim/nemesis.ts';
import {fuzz} from '../sim/search.ts';
import {checkLaws} from './laws.ts';

/** Histories between two turns of others. */
const TURN = 20;

/** `undefined` where neither the laws nor so many histories break it, or the signal ended the search. */
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
    if (done % TURN === 0) await new Promise(resolve => setImmediate(resolve));
    if (signal.aborted) return undefined;
  }
  return undefined;
}
