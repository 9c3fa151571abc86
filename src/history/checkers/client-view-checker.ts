/**
 * `counters` and `sets` as clients see them under `crdt`: checked from requests and answers alone, without
 * any log. A request with an answer happened or did not happen. If the leader died first, or could not
 * confirm the write, the outcome is unknown (`info`). Therefore a counter lies within bounds (as in Jepsen's
 * counter checker): the sum of the increments that happened, plus any part of the unknown ones. An element
 * that was surely added and that nobody may have removed is in the set. An element that nobody may have added
 * is not in it.
 *
 * At the end every acknowledged request has happened at every leader. For a read, only requests that its own
 * leader had acknowledged before the read began have surely happened; every request sent to any leader before
 * its answer may have happened. Reads are checked up to the first switch of the resolver, because other
 * resolvers do not promise this.
 *
 * Keys with other kinds of writes are skipped. Cost: requests times reads.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {canonicalJson, isArray, type Json} from '../../base/json.ts';
import type {Intent} from '../../core/log/op.ts';
import {showDot} from '../../core/log/version-vector.ts';
import {ABSENT, type Reading, readingToJson} from '../../core/state/reading.ts';
import type {Trace, TraceEvent} from '../trace.ts';
import type {CheckerName, Violation} from './check-verdict.ts';
import {type Request, requestsIn} from './client-requests.ts';

export const checkAskedCounters = (trace: Trace): Violation | undefined =>
  checkEach(trace, 'counters', counterFault);

export const checkAskedSets = (trace: Trace): Violation | undefined => checkEach(trace, 'sets', setFault);

/** What is known at some moment: all of `surely` happened, and any part of `perhaps`. */
interface Known {
  readonly surely: readonly Request[];
  readonly perhaps: readonly Request[];
}

/** The intents for one key. */
interface KnownOfKey {
  readonly surely: readonly Intent[];
  readonly perhaps: readonly Intent[];
}

/** Says what contradicts the reading; undefined if nothing does, or if the outcome is unknown. */
type FaultOf = (reading: Reading, known: KnownOfKey) => string | undefined;

function checkEach({events, ends}: Trace, checker: CheckerName, faultOf: FaultOf): Violation | undefined {
  const happened = requestsIn(events).filter(({status}) => status !== 'fail');
  const violationOf = (key: Key, reading: Reading, known: Known, where: string): Violation | undefined => {
    const fault = faultOf(reading, {
      surely: intentsFor(key, known.surely),
      perhaps: intentsFor(key, known.perhaps),
    });
    if (fault === undefined) return undefined;
    const dots = known.surely.flatMap(({writes, dot}) =>
      dot !== undefined && writes.some(write => write.key === key) ? [dot] : [],
    );
    const named = dots.length === 0 ? 'nothing' : dots.map(showDot).join(' ');
    const text =
      `${key} reads ${canonicalJson(readingToJson(reading))} ${where}, ${fault} (acknowledged by then: ` +
      `${named})`;
    return {checker, text, dots, leaders: []};
  };

  for (const {leader, key, reading, known} of readsIn(events, happened)) {
    const violation = violationOf(key, reading, known, `at ${leader}`);
    if (violation !== undefined) return {...violation, leaders: [leader]};
  }
  const known: Known = {surely: happened.filter(isOk), perhaps: happened.filter(one => !isOk(one))};
  for (const {leader, readings} of ends) {
    for (const key of Object.keys(readings) as Key[]) {
      const violation = violationOf(key, readings[key] ?? ABSENT, known, `at ${leader} in the end`);
      if (violation !== undefined) return {...violation, leaders: [leader]};
    }
  }
  return undefined;
}

const isOk = ({status}: Request): boolean => status === 'ok';

const intentsFor = (key: Key, requests: readonly Request[]): Intent[] =>
  requests.flatMap(({writes}) => writes.filter(write => write.key === key).map(({intent}) => intent));

type Read = Extract<TraceEvent, {type: 'read'}> & {readonly known: Known};

/** Up to the first switch of the resolver. */
function* readsIn(events: readonly TraceEvent[], happened: readonly Request[]): Generator<Read> {
  const askedAt = new Map<number, number>();
  /** When leaders lost their disks. Operations that they acknowledged before may still be missing. */
  const lostAt = new Map<LeaderId, number>();
  for (const [now, event] of events.entries()) {
    if (event.type === 'disk-lost') lostAt.set(event.leader, now);
    if (event.type === 'action' && event.action.type === 'resolver') return;
    if (event.type === 'asked') askedAt.set(event.request, now);
    if (event.type !== 'read') continue;
    const began = askedAt.get(event.request) ?? now;
    const sinceLoss = lostAt.get(event.leader) ?? 0;
    const isSure = (one: Request): boolean =>
      isOk(one) && one.leader === event.leader && one.answeredAt < began && one.answeredAt >= sinceLoss;
    const asked = happened.filter(one => one.askedAt < now);
    yield {...event, known: {surely: asked.filter(isSure), perhaps: asked.filter(one => !isSure(one))}};
  }
}

function counterFault(reading: Reading, {surely, perhaps}: KnownOfKey): string | undefined {
  const [sure, unsure] = [amounts(surely), amounts(perhaps)];
  if (sure === undefined || unsure === undefined || sure.length + unsure.length === 0) return undefined;
  const sum = add(sure);
  const [low, high] = [sum + add(unsure.filter(by => by < 0)), sum + add(unsure.filter(by => by > 0))];
  const value =
    reading.type === 'value' ? reading.value : reading.type === 'absent' && sure.length === 0 ? 0 : undefined;
  if (typeof value === 'number' && value >= low && value <= high) return undefined;
  return `and what was asked of it allows ${low === high ? low : `from ${low} to ${high}`}`;
}

/** The sum of the increments. */
function amounts(intents: readonly Intent[]): number[] | undefined {
  const by = intents.flatMap(intent => (intent.type === 'incr' ? [intent.by] : []));
  return by.length === intents.length ? by : undefined;
}

const add = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);

function setFault(reading: Reading, {surely, perhaps}: KnownOfKey): string | undefined {
  const all = [...surely, ...perhaps];
  if (all.length === 0 || all.some(({type}) => type !== 'sadd' && type !== 'srem')) return undefined;
  const seen = elementsOf(reading);
  if (seen === undefined) return 'and only elements were added to it and removed';
  const [added, removed, surelyAdded] = [
    elements(all, 'sadd'),
    elements(all, 'srem'),
    elements(surely, 'sadd'),
  ];
  const invented = [...seen].find(element => !added.has(element));
  if (invented !== undefined) return `and nobody had asked to add ${invented}`;
  const missed = [...surelyAdded].find(element => !seen.has(element) && !removed.has(element));
  return missed && `and ${missed} was added, and nobody had asked to remove it`;
}

/** As canonical texts. */
function elementsOf(reading: Reading): Set<string> | undefined {
  if (reading.type === 'absent') return new Set();
  return reading.type === 'value' && isArray(reading.value) ? texts(reading.value) : undefined;
}

const texts = (values: readonly Json[]): Set<string> => new Set(values.map(canonicalJson));

const elements = (intents: readonly Intent[], type: 'sadd' | 'srem'): Set<string> =>
  texts(intents.flatMap(intent => (intent.type === type ? [intent.element] : [])));
