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
import {cut, fairShare, fitLine, join, lineWidth, padEnd, spread, widthOf, windowStart, wrap} from './text.ts';
import {type Cast, castOf, deleted, dotRun, nameRun, showMs, showReading, showTime, showTimeMs, showValue} from './words.ts';

/** Those whose key contains the text, by place from the newest. */
export function newestFirst(conflicts: readonly Conflict[], filter: string): Conflict[] {
  const wanted = filter.toLowerCase();
  return conflicts.filter(({key}) => key.toLowerCase().includes(wanted)).reverse();
}

export function drawConflicts(
  conflicts: readonly Conflict[],
  view: ClusterView,
  selected: number | undefined,
  width: number,
  height: number,
): Line[] {
  if (conflicts.length === 0) return [[run(view.conflicts.length === 0 ? 'no conflicts yet' : 'no conflict on such a key', 'dim')]];
  const cast = castOf(view);
  const start = windowStart(conflicts.length, height, selected ?? 0);
  const shown = conflicts.slice(start, start + height);
  const idWidth = Math.max(...shown.map(({id}) => String(id).length)) + 1;
  const keyWidth = Math.min(Math.max(...shown.map(({key}) => widthOf(legible(key)))), Math.max(5, Math.floor(width * 0.18)));
  return shown.map((conflict, i) => {
    const line = conflictLine(conflict, cast, width, idWidth, keyWidth);
    return start + i === selected ? marked(fitLine(line, width), 'selected') : line;
  });
}

function conflictLine(conflict: Conflict, cast: Cast, width: number, idWidth: number, keyWidth: number): Line {
  const name: Line = [run(padEnd(`#${conflict.id}`, idWidth), 'dim'), run(' ')];
  const time: Line = width >= 60 ? [run(`${showTime(conflict.detectedAtMs)} `, 'dim')] : [];
  const key: Line = [run(`${padEnd(legible(conflict.key), keyWidth)} `, 'strong')];
  const head = [...name, ...time, ...key];
  return [...head, ...conflictBody(conflict, cast, width - lineWidth(head))];
}

/** Texts are not shortened to less while anything else can be left out. */
const SHORT_TEXT = 6;
/** In less room than this a cross beside the side that lost tells what the words at the end of the row tell in more. */
const ROOM_FOR_WORDS = 40;

/** Who wrote what, what came of it and what that cost, in so many columns. Who wrote what is told in every case. */
function conflictBody(conflict: Conflict, cast: Cast, room: number): Line {
  return room < ROOM_FOR_WORDS ? crossedBody(conflict, cast, room) : wordedBody(conflict, cast, room);
}

/** `us "A" ∥ eu "B" → "B" lww   lost us:8`; where that is too long, the resolver goes, then texts are shortened. */
function wordedBody(conflict: Conflict, cast: Cast, room: number): Line {
  const whole = (limit: number, named: boolean): Line => [
    ...sides(conflict, cast, 'plain', limit),
    ...verdict(conflict, cast, limit, named),
  ];
  const told = [...conflict.writes.map(sideText), ...verdictTexts(conflict, cast)].map(widthOf);
  const longest = Math.max(...told);
  const remark = lost(conflict, cast);
  const cost = conflict.lost.length === 0 ? [] : remark;
  for (const [named, beside, least] of [
    [true, remark, longest],
    [false, remark, longest],
    [false, cost, Math.min(longest, SHORT_TEXT)],
  ] as const) {
    const besideWidth = beside.length === 0 ? 0 : lineWidth(beside) + 1;
    const limit = fairShare(told, room - besideWidth - lineWidth(whole(0, named)));
    if (limit >= least) return spread(whole(limit, named), beside, room, 10);
  }
  return crossedBody(conflict, cast, room);
}

/** `us "A" ✘ ∥ eu "B" → "B"`; where that is too long, the verdict goes, then texts are shortened, then quotes go. */
function crossedBody(conflict: Conflict, cast: Cast, room: number): Line {
  const texts = conflict.writes.map(sideText).map(widthOf);
  const whole = [...sides(conflict, cast, 'crossed', room), ...verdict(conflict, cast, room, false)];
  if (lineWidth(whole) <= room) return fitLine(whole, room);
  const limit = fairShare(texts, room - lineWidth(sides(conflict, cast, 'crossed', 0)));
  if (limit >= Math.min(SHORT_TEXT, ...texts)) return fitLine(sides(conflict, cast, 'crossed', limit), room);
  const bare = conflict.writes.map(write => widthOf(unquoted(sideText(write))));
  const least = fairShare(bare, room - lineWidth(sides(conflict, cast, 'bare', 0)));
  return fitLine(sides(conflict, cast, 'bare', Math.max(1, least)), room);
}

const sidesOf = ({writes}: Conflict, cast: Cast): readonly ConflictWrite[] => cast.inOrder(writes, ({dot}) => dot.origin);

/** `crossed` marks what was lost; `bare` does so too, and spares every column it can. */
type SideStyle = 'plain' | 'crossed' | 'bare';

/** `us "A" ∥ eu "B"`, no text longer than the limit. */
function sides(conflict: Conflict, cast: Cast, style: SideStyle, limit: number): Line {
  const parts = sidesOf(conflict, cast).map((write): Line => {
    const text = style === 'bare' ? unquoted(sideText(write)) : sideText(write);
    const isCrossed = style !== 'plain' && conflict.lost.some(dot => sameDot(dot, write.dot));
    const cross = isCrossed ? [run(style === 'bare' ? '✘' : ' ✘', 'bad')] : [];
    return [nameRun(write.dot.origin, cast), run(` ${cut(text, limit)}`), ...cross];
  });
  return join(parts, run(' ∥ ', 'warn'));
}

const unquoted = (text: string): string => text.replace(/^"(.+)"$/, '$1');

/** What was set, or the intent where it says more than its effect. */
const sideText = (write: ConflictWrite): string =>
  write.intent === 'set' ? (write.value === undefined ? deleted : showValue(write.value)) : legible(write.summary);

/** The values in the verdict, which can be shortened. */
const verdictTexts = ({decisions}: Conflict, cast: Cast): string[] => {
  const shown = Object.values(decisions).map(({shows}) => shows);
  const [first] = shown;
  if (first === undefined) return [];
  const isAgreed = shown.every(reading => sameReading(reading, first));
  if (isAgreed && first.type === 'siblings') return [];
  return (isAgreed ? [first] : shown).map(reading => showReading(reading, cast));
};

/** What readers get now: ` → "B" lww`, or that leaders do not agree. */
function verdict({decisions}: Conflict, cast: Cast, limit: number, named: boolean): Line {
  const made = cast.inOrder(Object.entries(decisions) as [LeaderId, Decision][], ([leader]) => leader);
  const [first] = made;
  if (first === undefined) return [];
  const agreed = made.every(([, {shows}]) => sameReading(shows, first[1].shows));
  if (!agreed)
    return [
      run(' → '),
      ...join(
        made.map(([leader, {shows}]): Line => [nameRun(leader, cast), run(` ${cut(showReading(shows, cast), limit)}`)]),
        run(', '),
      ),
    ];
  const resolvers = [...new Set(made.map(([, {resolver}]) => resolver))].join('/');
  return [run(' → '), run(outcome(first[1].shows, cast, limit), 'strong'), ...(named ? [run(` ${resolvers}`, 'dim')] : [])];
}

const outcome = (shows: Reading, cast: Cast, limit: number): string => {
  if (shows.type !== 'siblings') return cut(showReading(shows, cast), limit);
  return shows.siblings.length === 2 ? 'both kept' : `all ${shows.siblings.length} kept`;
};

function lost({lost: dots, relation}: Conflict, cast: Cast): Line {
  if (dots.length === 0 && relation === 'reversed') return [run('reversed', 'warn')];
  if (dots.length === 0) return [run('none lost', 'dim')];
  const [first] = cast.inOrder(dots, ({origin}) => origin);
  if (first === undefined) return [];
  const more = dots.length > 1 ? [run(` +${dots.length - 1}`, 'bad')] : [];
  return [run('lost ', 'bad'), dotRun(first, cast), ...more];
}

export const conflictTitle = ({id, key, kind, relation}: Conflict): string =>
  `conflict #${id} · ${legible(key)} · ${kind} · ${relation === 'concurrent' ? 'neither had seen the other' : 'a write lost to one that it had seen'}`;

/** Both writes, what decided, and what each leader shows since when. */
export function drawStory(conflict: Conflict, view: ClusterView, width: number): Line[] {
  const cast = castOf(view);
  const heading = (text: string): Line => [run(text, 'dim')];
  return [
    ...wrap(legible(conflict.why), width, 'strong'),
    [],
    heading('the writes'),
    ...writeRows(conflict, cast, width),
    [],
    heading('what each leader shows'),
    ...decisionRows(conflict, view, cast, width),
    [],
    conflict.lost.length === 0
      ? [run('✔ no acknowledged write was lost', 'good')]
      : [
          run('✘ lost: ', 'bad'),
          ...join(
            cast.inOrder(conflict.lost, ({origin}) => origin).map((dot): Line => [dotRun(dot, cast)]),
            run(', '),
          ),
          run(', acknowledged and then discarded', 'bad'),
        ],
  ];
}

/** What stands in one line as a rule; only a value for which that is too short gets more of the width. */
function writeRows(conflict: Conflict, cast: Cast, width: number): Line[] {
  const {lost: dots} = conflict;
  const writes = sidesOf(conflict, cast);
  const earliest = Math.min(...writes.map(({wallMs}) => wallMs));
  const dotWidth = Math.max(...writes.map(({dot}) => `${dot.origin}:${dot.seq}`.length));
  const longestSummary = Math.max(...writes.map(({summary}) => widthOf(legible(summary))));
  const summaryWidth = Math.min(longestSummary, Math.max(10, width - dotWidth - 28));
  const rows = writes.map((write): {readonly what: Line; readonly clocks: Line} => {
    const {text, tone} = dotRun(write.dot, cast);
    const ahead = write.wallMs === earliest ? '' : ` (+${write.wallMs - earliest} ms)`;
    const fate = dots.some(dot => sameDot(dot, write.dot)) ? run('✘ lost', 'bad') : run('✔ kept', 'good');
    return {
      what: [
        run('  '),
        run(padEnd(text, dotWidth), tone),
        run('  '),
        run(padEnd(legible(write.summary), summaryWidth)),
        run('  '),
        fate,
        run(write.acknowledged ? '  acknowledged' : '  never acknowledged', write.acknowledged ? 'dim' : 'warn'),
      ],
      clocks: [
        run(`  wall ${padEnd(`${showTimeMs(write.wallMs)}${ahead}`, 22)}`, 'dim'),
        run(`  hlc ${showTimeMs(write.hlc.wallMs)}+${write.hlc.logical}`, 'dim'),
      ],
    };
  });
  const isOneLine = rows.every(({what, clocks}) => lineWidth(what) + lineWidth(clocks) <= width);
  return rows.flatMap(({what, clocks}): Line[] =>
    isOneLine ? [[...what, ...clocks]] : [what, [run(' '.repeat(2 + dotWidth)), ...clocks]],
  );
}

function decisionRows({decisions, detectedAtMs}: Conflict, view: ClusterView, cast: Cast, width: number): Line[] {
  const rows = view.leaders.map(({id}) => ({id, decision: decisions[id]}));
  const nameWidth = Math.max(...rows.map(({id}) => id.length));
  const longestShown = Math.max(1, ...rows.map(({decision}) => (decision ? widthOf(showReading(decision.shows, cast)) : 0)));
  const shownWidth = Math.min(longestShown, Math.max(16, width - nameWidth - 46));
  return rows.map(({id, decision}): Line => {
    const name: Line = [run('  '), run(padEnd(id, nameWidth), cast.tone(id)), run('  ')];
    if (decision === undefined) return [...name, run('has not heard of it', 'dim')];
    const late = decision.atMs - detectedAtMs;
    const when = `since ${showTimeMs(decision.atMs)}${late > 0 ? ` (+${showMs(late)})` : ''}`;
    return [...name, run(padEnd(showReading(decision.shows, cast), shownWidth), 'strong'), run(`  ${decision.resolver}  ${when}`, 'dim')];
  });
}
