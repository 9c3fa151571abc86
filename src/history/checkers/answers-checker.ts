/**
 * Checks the answers of leaders to their clients against the state at that moment.
 *
 * `acknowledgements`: when a client got an acknowledgement, as many leaders as `ack` promised had the
 * operation on disk, including its origin. The answer that a write is unconfirmed comes only after the whole
 * timeout, and every leader that it names had the operation.
 *
 * `guards`: a write with an `if` happened if and only if its guard held for a reader at that leader.
 *
 * `refusals`: a write that was reported as failed is in no log and never was at another leader; a client
 * whose operation the disk refused gets that answer.
 *
 * `reads`: a read returns a value that the leader showed between request and answer, and no refusal of the
 * disk had undone that value.
 *
 * Cost: linear in the events, and for `refusals` in the operations that a disk refused.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {canonicalJson} from '../../base/json.ts';
import {ACK_TIMEOUT_MS} from '../../core/links/acks.ts';
import type {Op} from '../../core/log/op.ts';
import {
  covers,
  type Dot,
  EMPTY,
  merge,
  sameDot,
  showDot,
  type VersionVector,
} from '../../core/log/version-vector.ts';
import {ABSENT, type Reading, readingText} from '../../core/state/reading.ts';
import {type Standing, shortened, type Trace, type TraceEvent} from '../trace.ts';
import {sameOp} from './causality-checker.ts';
import type {CheckerName, Violation} from './check-verdict.ts';

type Of<Type extends TraceEvent['type']> = Extract<TraceEvent, {type: Type}>;

const violation = (
  checker: CheckerName,
  text: string,
  leader: LeaderId,
  dots: readonly Dot[] = [],
): Violation => ({
  checker,
  text,
  dots,
  leaders: [leader],
});

export function checkAcknowledgements({events}: Trace): Violation | undefined {
  const takenAtMs = new Map<number, number>();
  /** The operations that leaders had on disks that they lost. */
  const lost = new Map<LeaderId, VersionVector>();
  const hadOnDisk = (leader: LeaderId, {onDisk}: Promised, dot: Dot): boolean =>
    onDisk.includes(leader) || covers(lost.get(leader) ?? EMPTY, dot);
  for (const event of events) {
    if (event.type === 'disk-lost') lost.set(event.leader, merge(lost.get(event.leader) ?? EMPTY, event.had));
    if (event.type === 'taken') takenAtMs.set(event.request, event.atMs);
    if (event.type !== 'answered') continue;
    const text =
      event.status === 'ok'
        ? acknowledgedFault(event, hadOnDisk)
        : unconfirmedFault(event, hadOnDisk, takenAtMs.get(event.request) ?? event.atMs);
    if (text !== undefined)
      return violation('acknowledgements', text, event.leader, event.dot === undefined ? [] : [event.dot]);
  }
  return undefined;
}

type Promised = Of<'answered'>['promise'] & object;

/** Whether the leader had it on disk, including disks that it has lost since. */
type HadOnDisk = (leader: LeaderId, promise: Promised, dot: Dot) => boolean;

function acknowledgedFault({dot, leader, promise}: Of<'answered'>, hadOnDisk: HadOnDisk): string | undefined {
  if (dot === undefined || promise === undefined) return undefined;
  const {onDisk, members, ack} = promise;
  if (!onDisk.includes(leader))
    return `${showDot(dot)} was acknowledged, although ${leader} itself had not persisted it`;
  const count = members.filter(member => hadOnDisk(member, promise, dot)).length;
  if (count >= neededBy(promise)) return undefined;
  const had = onDisk.join(' ');
  return (
    `${showDot(dot)} was acknowledged under ack ${ack}, and of ${members.join(' ')} only ${had} had ` +
    'persisted it'
  );
}

function unconfirmedFault(
  {dot, promise, atMs}: Of<'answered'>,
  hadOnDisk: HadOnDisk,
  takenAtMs: number,
): string | undefined {
  if (dot === undefined || promise?.confirmed === undefined) return undefined;
  const {confirmed} = promise;
  const name = showDot(dot);
  const unpersisted = confirmed.find(leader => !hadOnDisk(leader, promise, dot));
  if (unpersisted !== undefined)
    return `a client was told that ${unpersisted} has ${name}, but ${unpersisted} had not persisted it`;
  if (confirmed.length >= neededBy(promise))
    return `${name} was reported as unconfirmed, although ${confirmed.join(' ')} had confirmed it`;
  const waitedMs = atMs - takenAtMs;
  return waitedMs < ACK_TIMEOUT_MS
    ? `${name} was reported as unconfirmed after only ${Math.round(waitedMs)} ms`
    : undefined;
}

function neededBy({ack, members}: Promised): number {
  if (ack === 'local') return 1;
  return ack === 'all' ? members.length : Math.floor(members.length / 2) + 1;
}

export function checkGuards({events}: Trace): Violation | undefined {
  const open = new Map<number, Of<'taken'>>();
  for (const event of events) {
    if (event.type === 'taken' && event.guard !== undefined && event.reading !== undefined) {
      if (holds(event)) open.set(event.request, event);
      else if (event.dot !== undefined) {
        const text =
          `${showDot(event.dot)} was written although ${showGuard(event)} did not hold at ` +
          `${event.leader}: ${readingText(event.reading)}`;
        return violation('guards', text, event.leader, [event.dot]);
      }
    } else if (event.type === 'answered' && event.code === 'guard') {
      const taken = open.get(event.request);
      if (taken !== undefined)
        return violation(
          'guards',
          `${event.leader} refused a write because of ${showGuard(taken)}, which held`,
          event.leader,
        );
    }
  }
  return undefined;
}

function holds({guard, reading}: Of<'taken'>): boolean {
  if (guard === undefined || reading === undefined) return true;
  if ('absent' in guard.expected) return reading.type === 'absent';
  return reading.type === 'value' && canonicalJson(reading.value) === canonicalJson(guard.expected.value);
}

const showGuard = ({guard}: Of<'taken'>): string =>
  guard === undefined
    ? ''
    : `if ${guard.key} = ${'absent' in guard.expected ? 'absent' : canonicalJson(guard.expected.value)}`;

/** A request that became an operation, and how its client was answered. */
interface Asking {
  readonly leader: LeaderId;
  readonly dot: Dot;
  op: Op | undefined;
  isRefused: boolean;
  status: Of<'answered'>['status'] | undefined;
}

export function checkRefusals(trace: Trace): Violation | undefined {
  const askings = new Map<number, Asking>();
  /** For each process, the requests since its start. */
  let open: Asking[] = [];
  for (const event of trace.events) {
    if (event.type === 'taken' && event.dot !== undefined) {
      const asking: Asking = {
        leader: event.leader,
        dot: event.dot,
        op: undefined,
        isRefused: false,
        status: undefined,
      };
      askings.set(event.request, asking);
      open.push(asking);
    } else if (event.type === 'applied' && event.op.dot.origin === event.leader) {
      const taken = open.findLast(
        ({leader, op, dot}) => leader === event.leader && op === undefined && sameDot(dot, event.op.dot),
      );
      if (taken !== undefined) taken.op = event.op;
    } else if (event.type === 'answered') {
      const asking = askings.get(event.request);
      if (asking !== undefined) asking.status = event.status;
    } else if (event.type === 'crashed') {
      open = open.filter(({leader}) => leader !== event.leader);
    } else if (event.type === 'reported') {
      const shorter = shortened(event);
      for (const asking of open) {
        if (asking.leader === shorter?.leader && !covers(shorter.now.vv, asking.dot)) asking.isRefused = true;
      }
      if (shorter !== undefined) open = open.filter(({isRefused}) => !isRefused);
    }
  }
  for (const asking of askings.values()) {
    const text = answerFault(asking);
    if (text !== undefined) return violation('refusals', text, asking.leader, [asking.dot]);
  }
  return remainsOf(
    [...askings.values()].filter(({isRefused}) => isRefused),
    trace,
  );
}

function answerFault({leader, dot, isRefused, status}: Asking): string | undefined {
  const name = showDot(dot);
  if (!isRefused)
    return status === 'fail'
      ? `a client was told that ${name} did not happen, but ${leader} has it`
      : undefined;
  if (status === 'fail') return undefined;
  const answer = status === undefined ? 'never answered' : `answered ${status}`;
  return `the disk of ${leader} refused ${name}, but its client was ${answer}`;
}

/** An operation that a disk refused although another leader has it, or any leader has it in the end. */
function remainsOf(refused: readonly Asking[], {events, ends}: Trace): Violation | undefined {
  for (const {leader, dot, op} of refused) {
    if (op === undefined) continue;
    const isIt = (other: Op): boolean => sameDot(other.dot, dot) && sameOp(other, op);
    const elsewhere = events.find(
      event => event.type === 'applied' && event.leader !== leader && isIt(event.op),
    ) as Of<'applied'> | undefined;
    const keeper = elsewhere?.leader ?? ends.find(({ops}) => ops.some(isIt))?.leader;
    if (keeper === undefined) continue;
    return violation(
      'refusals',
      `${keeper} has ${showDot(dot)}, which the disk of ${leader} had refused`,
      leader,
      [dot],
    );
  }
  return undefined;
}

/** The readings of a leader's keys now and since the oldest open request. */
class Shown {
  #readings = new Map<Key, Reading[]>();

  begin(readings: {readonly [key: Key]: Reading}): void {
    this.#readings = new Map(
      (Object.entries(readings) as [Key, Reading][]).map(([key, reading]) => [key, [reading]]),
    );
  }

  add(key: Key, reading: Reading): void {
    this.of(key).push(reading);
  }

  of(key: Key): Reading[] {
    const readings = this.#readings.get(key) ?? [ABSENT];
    this.#readings.set(key, readings);
    return readings;
  }
}

/**
 * A client that waits for the disk is answered before the refusal is reported: the readings left after the
 * refusal.
 */
function refusedThen(events: readonly TraceEvent[], place: number): Standing | undefined {
  const read = events[place] as Of<'read'>;
  for (let next = place + 1; events[next]?.atMs === read.atMs; next++) {
    const event = events[next];
    if (event?.type === 'reported' && event.leader === read.leader && event.event.type === 'storage-failed')
      return event.now;
  }
  return undefined;
}

export function checkReads({events}: Trace): Violation | undefined {
  const shown = new Map<LeaderId, Shown>();
  const shownAt = (leader: LeaderId): Shown => {
    const at = shown.get(leader) ?? new Shown();
    shown.set(leader, at);
    return at;
  };
  /** How many readings of each key had been shown at the time of the request. */
  const askedAt = new Map<number, number>();
  const keyOf = new Map(
    events.flatMap(event => (event.type === 'read' ? [[event.request, event.key] as const] : [])),
  );
  for (const [place, event] of events.entries()) {
    if (event.type === 'applied') {
      for (const [i, {key}] of event.op.writes.entries())
        shownAt(event.leader).add(key, event.readings[i] ?? ABSENT);
    } else if (event.type === 'asked') {
      const key = keyOf.get(event.request);
      if (key !== undefined) askedAt.set(event.request, shownAt(event.leader).of(key).length - 1);
    } else if (event.type === 'started' || event.type === 'joined')
      shownAt(event.leader).begin(event.readings);
    else if (event.type === 'reported' && event.now !== undefined) {
      if (event.event.type === 'storage-failed') shownAt(event.leader).begin(event.now.readings);
      else
        for (const [key, reading] of Object.entries(event.now.readings) as [Key, Reading][])
          shownAt(event.leader).add(key, reading);
    } else if (event.type === 'read') {
      const readings = shownAt(event.leader).of(event.key);
      // A refusal of the disk removes readings.
      const since = Math.min(askedAt.get(event.request) ?? 0, readings.length - 1);
      const text = readingText(event.reading);
      const afterwards = refusedThen(events, place);
      const possible =
        afterwards === undefined ? readings.slice(since) : [afterwards.readings[event.key] ?? ABSENT];
      if (possible.some(reading => readingText(reading) === text)) continue;
      const past = possible.map(readingText).join(', ');
      return violation(
        'reads',
        `${event.key} was read as ${text} at ${event.leader}, which showed ${past}`,
        event.leader,
      );
    }
  }
  return undefined;
}
