/**
 * The conflict log: one line per conflict, newest first, and the whole story of one.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {ClusterView} from '../../cluster/port.ts';
import {type Reading, sameReading} from '../../core/reading.ts';
import {sameDot} from '../../core/version-vector.ts';
import type {Conflict, ConflictWrite, Decision} from '../../history/conflict.ts';
import {legible} from './legible.ts';
import {type Line, marked, run} from './style.ts';
import {fitLine, join, lineWidth, padEnd, spread, widthOf, windowStart, wrap} from './text.ts';
import {type AccentOf, accentsOf, deleted, dotRun, nameRun, showMs, showReading, showTime, showTimeMs, showValue} from './words.ts';

/** Of `view.conflicts`, by place from the newest. */
export const newestFirst = (conflicts: readonly Conflict[]): Conflict[] => [...conflicts].reverse();

export function drawConflicts(view: ClusterView, selected: number | undefined, width: number, height: number): Line[] {
  const conflicts = newestFirst(view.conflicts);
  if (conflicts.length === 0) return [[run('no conflicts yet', 'dim')]];
  const accents = accentsOf(view);
  const start = windowStart(conflicts.length, height, selected ?? 0);
  const shown = conflicts.slice(start, start + height);
  const idWidth = Math.max(...shown.map(({id}) => String(id).length)) + 1;
  const keyWidth = Math.min(Math.max(...shown.map(({key}) => widthOf(legible(key)))), Math.max(5, Math.floor(width * 0.18)));
  return shown.map((conflict, i) => {
    const line = conflictLine(conflict, accents, width, idWidth, keyWidth);
    return start + i === selected ? marked(fitLine(line, width), 'selected') : line;
  });
}

function conflictLine(conflict: Conflict, accents: AccentOf, width: number, idWidth: number, keyWidth: number): Line {
  const name: Line = [run(padEnd(`#${conflict.id}`, idWidth), 'dim'), run(' ')];
  const time: Line = width >= 60 ? [run(`${showTime(conflict.detectedAtMs)} `, 'dim')] : [];
  const key: Line = [run(`${padEnd(legible(conflict.key), keyWidth)} `, 'strong')];
  const head = [...name, ...time, ...key];
  const remark = lost(conflict, accents, width);
  const room = width - lineWidth(head);
  const bodies = [
    [...sides(conflict, accents, false), ...verdict(conflict, accents, true)],
    [...sides(conflict, accents, false), ...verdict(conflict, accents, false)],
    [...sides(conflict, accents, true), ...verdict(conflict, accents, false)],
  ];
  const fitting = bodies.find(body => lineWidth(body) + lineWidth(remark) + 1 <= room) ?? bodies.at(-1) ?? [];
  return [...head, ...spread(fitting, remark, room, 10)];
}

/** `us "A" ∥ eu "B"`. */
function sides({writes}: Conflict, accents: AccentOf, short: boolean): Line {
  const parts = writes.map(
    (write): Line =>
      short ? [run(sideText(write), accents(write.dot.origin))] : [nameRun(write.dot.origin, accents), run(` ${sideText(write)}`)],
  );
  return join(parts, run(' ∥ ', 'warn'));
}

/** What was set, or the intent where it says more than its effect. */
const sideText = (write: ConflictWrite): string =>
  write.intent === 'set' ? (write.value === undefined ? deleted : showValue(write.value)) : legible(write.summary);

/** What readers get now: ` → "B" lww`, or that leaders do not agree. */
function verdict({decisions}: Conflict, accents: AccentOf, named: boolean): Line {
  const made = Object.entries(decisions) as [LeaderId, Decision][];
  const [first] = made;
  if (first === undefined) return [];
  const agreed = made.every(([, {shows}]) => sameReading(shows, first[1].shows));
  if (!agreed)
    return [
      run(' → '),
      ...join(
        made.map(([leader, {shows}]): Line => [nameRun(leader, accents), run(` ${showReading(shows)}`)]),
        run(', '),
      ),
    ];
  const resolvers = [...new Set(made.map(([, {resolver}]) => resolver))].join('/');
  return [run(' → '), run(outcome(first[1].shows), 'strong'), ...(named ? [run(` ${resolvers}`, 'dim')] : [])];
}

const outcome = (shows: Reading): string => {
  if (shows.type !== 'siblings') return showReading(shows);
  return shows.siblings.length === 2 ? 'both kept' : `all ${shows.siblings.length} kept`;
};

function lost({lost: dots, relation}: Conflict, accents: AccentOf, width: number): Line {
  if (dots.length === 0 && relation === 'reversed') return [run('reversed', 'warn')];
  if (dots.length === 0) return width < 60 ? [] : [run('none lost', 'dim')];
  const [first] = dots;
  if (first === undefined) return [];
  const more = dots.length > 1 ? [run(` +${dots.length - 1}`, 'bad')] : [];
  return [run(width < 44 ? '✘ ' : 'lost ', 'bad'), dotRun(first, accents), ...more];
}

export const conflictTitle = ({id, key, kind, relation}: Conflict): string =>
  `conflict #${id} · ${legible(key)} · ${kind} · ${relation === 'concurrent' ? 'neither had seen the other' : 'a write lost to one that it had seen'}`;

/** Both writes, what decided, and what each leader shows since when. */
export function drawStory(conflict: Conflict, view: ClusterView, width: number): Line[] {
  const accents = accentsOf(view);
  const heading = (text: string): Line => [run(text, 'dim')];
  return [
    ...wrap(legible(conflict.why), width, 'strong'),
    [],
    heading('the writes'),
    ...writeRows(conflict, accents, width),
    [],
    heading('what each leader shows'),
    ...decisionRows(conflict, view, accents),
    [],
    conflict.lost.length === 0
      ? [run('✔ no acknowledged write was lost', 'good')]
      : [
          run('✘ lost: ', 'bad'),
          ...join(
            conflict.lost.map((dot): Line => [dotRun(dot, accents)]),
            run(', '),
          ),
          run(', acknowledged and then discarded', 'bad'),
        ],
  ];
}

function writeRows({writes, lost: dots}: Conflict, accents: AccentOf, width: number): Line[] {
  const earliest = Math.min(...writes.map(({wallMs}) => wallMs));
  const dotWidth = Math.max(...writes.map(({dot}) => `${dot.origin}:${dot.seq}`.length));
  const summaryWidth = Math.min(Math.max(...writes.map(({summary}) => widthOf(legible(summary)))), Math.max(10, Math.floor(width * 0.3)));
  return writes.flatMap((write): Line[] => {
    const {text, tone} = dotRun(write.dot, accents);
    const ahead = write.wallMs === earliest ? '' : ` (+${write.wallMs - earliest} ms)`;
    const fate = dots.some(dot => sameDot(dot, write.dot)) ? run('✘ lost', 'bad') : run('✔ kept', 'good');
    const what: Line = [
      run('  '),
      run(padEnd(text, dotWidth), tone),
      run('  '),
      run(padEnd(legible(write.summary), summaryWidth)),
      run('  '),
      fate,
      run(write.acknowledged ? '  acknowledged' : '  never acknowledged', write.acknowledged ? 'dim' : 'warn'),
    ];
    const clocks: Line = [
      run(`  wall ${padEnd(`${showTimeMs(write.wallMs)}${ahead}`, 22)}`, 'dim'),
      run(`  hlc ${showTimeMs(write.hlc.wallMs)}+${write.hlc.logical}`, 'dim'),
    ];
    const whole = [...what, ...clocks];
    return lineWidth(whole) <= width ? [whole] : [what, [run(' '.repeat(2 + dotWidth)), ...clocks]];
  });
}

function decisionRows({decisions, detectedAtMs}: Conflict, view: ClusterView, accents: AccentOf): Line[] {
  const rows = view.leaders.map(({id}) => ({id, decision: decisions[id]}));
  const shownWidth = Math.min(30, Math.max(1, ...rows.map(({decision}) => (decision ? widthOf(showReading(decision.shows)) : 0))));
  const nameWidth = Math.max(...rows.map(({id}) => id.length));
  return rows.map(({id, decision}): Line => {
    const name: Line = [run('  '), run(padEnd(id, nameWidth), accents(id)), run('  ')];
    if (decision === undefined) return [...name, run('has not heard of it', 'dim')];
    const late = decision.atMs - detectedAtMs;
    const when = `since ${showTimeMs(decision.atMs)}${late > 0 ? ` (+${showMs(late)})` : ''}`;
    return [...name, run(padEnd(showReading(decision.shows), shownWidth), 'strong'), run(`  ${decision.resolver}  ${when}`, 'dim')];
  });
}
