/**
 * The faults of a link in words, as `latency 80 ms, loss 5%, 100 kB/s`; and the check that a link can have
 * them.
 */
import {fail, type Result, succeed} from '../base/failure.ts';
import {type LinkRule, LONGEST_DELAY_MS, MOST_BYTES_PER_S} from './rule.ts';

export type RuleChange = Partial<Omit<LinkRule, 'cut' | 'hold'>>;

/** Names only the settings that the change has. */
export function changeInWords({
  latencyMs,
  jitterMs,
  bandwidthBytesPerS,
  lossShare,
  dupShare,
  reorderShare,
}: RuleChange): string {
  const words: string[] = [];
  if (latencyMs !== undefined) words.push(`latency ${figure(latencyMs)} ms`);
  if (jitterMs !== undefined) words.push(`jitter ${figure(jitterMs)} ms`);
  if (bandwidthBytesPerS !== undefined) words.push(bandwidthInWords(bandwidthBytesPerS));
  if (lossShare !== undefined) words.push(`loss ${percent(lossShare)}`);
  if (dupShare !== undefined) words.push(`dup ${percent(dupShare)}`);
  if (reorderShare !== undefined) words.push(`reorder ${percent(reorderShare)}`);
  return words.join(', ');
}

/** The change itself, or a failure `no-such-fault` that says which value is out of range. */
export function checkedChange(change: RuleChange): Result<RuleChange> {
  for (const name of ['latency', 'jitter'] as const) {
    const delayMs = change[`${name}Ms`] ?? 0;
    if (!isWithin(delayMs, 0, LONGEST_DELAY_MS))
      return outOfRange(`a ${name} of ${delayMs} ms`, 'it goes from 0 to 60m');
  }
  const rate = change.bandwidthBytesPerS ?? 0;
  if (rate !== 0 && !isWithin(rate, 1, MOST_BYTES_PER_S)) {
    return outOfRange(
      `a bandwidth of ${rate} bytes/s`,
      'it is at least 1 byte a second; 0 lets messages leave as fast as they come',
    );
  }
  for (const name of ['loss', 'dup', 'reorder'] as const) {
    const share = change[`${name}Share`] ?? 0;
    if (!isWithin(share, 0, 1))
      return outOfRange(`${name} of ${percent(share)}`, 'it is a share of the messages, from 0% to 100%');
  }
  return succeed(change);
}

const outOfRange = (what: string, hint: string): Result<never> =>
  fail('no-such-fault', `a link cannot have ${what}`, hint);

/** False for NaN, too. */
const isWithin = (value: number, least: number, most: number): boolean => value >= least && value <= most;

/** `100 kB/s`. */
export function bandwidthInWords(bytesPerS: number): string {
  if (bytesPerS === 0) return 'any bandwidth';
  if (bytesPerS >= 1e6) return `${figure(bytesPerS / 1e6)} MB/s`;
  return bytesPerS >= 1000 ? `${figure(bytesPerS / 1000)} kB/s` : `${figure(bytesPerS)} B/s`;
}

const percent = (share: number): string => `${figure(100 * share)}%`;

/** At most six digits, so that binary fractions look decimal. */
const figure = (value: number): string => `${Number(value.toPrecision(6))}`;
