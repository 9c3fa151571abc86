/**
 * The conflict log: one line per conflict, newest first, and the whole story of one.
 */

import type {LeaderId} from '../../../base/ids.ts';
import {sameDot} from '../../../core/log/version-vector.ts';
import {type Reading, sameReading} from '../../../core/state/reading.ts';
import type {Conflict, ConflictWrite, Decision, Relation} from '../../../history/conflict.ts';
import {type Standing, standingOf} from '../../../history/write-relations.ts';
import type {ClusterView} from '../../../port/view.ts';
import {widthOf} from '../../../report/words/cut.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {compactValue, showReading} from '../../../report/words/show-value.ts';
import {legible} from '../text/legible.ts';
import {type Line, marked, type Run, run} from '../text/style.ts';
import {cut, fairShare, fitLine, join, lineWidth, padEnd, spread, windowStart} from '../text/text.ts';
import {deleted, dotRun, nameRun, type Palette, paletteOf, showMoment} from '../text/words.ts';

/** The conflicts whose key contains the text, newest first. */
export function newestFirst(conflicts: readonly Conflict[], filter: string): Conflict[] {
  const wanted = filter.toLowerCase();
  return conflicts.filter(({key}) => key.toLowerCase().includes(wanted)).reverse();
}

/** `conflicts 3 · lost 1`. */
export function conflictsTitle({conflictCount, lostCount}: ClusterView, focused: boolean): Line {
  const tone = focused ? 'focus' : 'strong';
  return [
    run(conflictCount === 0 ? 'conflicts' : `conflicts ${conflictCount}`, tone),
    ...(lostCount > 0 ? [run(' · ', 'dim'), run(`lost ${lostCount}`, 'bad')] : []),
  ];
}

/**
 * Draws one line for each conflict, in the given order, at most `height` lines. `selected` is an index into
 * `conflicts` and its line is always visible; if absent, the list is shown from its start. Without
 * conflicts, one line says that there are none.
 */
export function drawConflicts(
  conflicts: readonly Conflict[],
  view: ClusterView,
  selected: number | undefined,
  width: number,
  height: number,
): Line[] {
  if (conflicts.length === 0)
    return [[run(view.conflicts.length === 0 ? 'no conflicts yet' : 'no conflict on such a key', 'dim')]];
  const palette = paletteOf(view);
  const start = windowStart(conflicts.length, height, selected ?? 0);
  const shown = conflicts.slice(start, start + height);
  const idWidth = Math.max(...shown.map(({id}) => String(id).length)) + 1;
  const keyWidth = Math.min(
    Math.max(...shown.map(({key}) => widthOf(legible(key)))),
    Math.max(5, Math.floor(width * 0.18)),
  );
  return shown.map((conflict, i) => {
    const line = conflictLine(conflict, view, palette, width, idWidth, keyWidth);
    return start + i === selected ? marked(fitLine(line, width), 'selected') : line;
  });
}

function conflictLine(
  conflict: Conflict,
  view: ClusterView,
  palette: Palette,
  width: number,
  idWidth: number,
  keyWidth: number,
): Line {
  const name: Line = [run(padEnd(`#${conflict.id}`, idWidth), 'dim'), run(' ')];
  const time: Line = width >= 60 ? [run(`${showMoment(conflict.detectedAtMs, view)} `, 'dim')] : [];
  const key: Line = [run(`${padEnd(legible(conflict.key), keyWidth)} `, 'strong')];
  const head = [...name, ...time, ...key];
  return [...head, ...conflictBody(conflict, palette, width - lineWidth(head))];
}

/** Texts are not cut to less than this while anything else can be left out. */
const SHORT_TEXT = 6;
/**
 * In fewer columns than this, a cross beside the losing side replaces the words at the end of the row.
 */
const ROOM_FOR_WORDS = 40;

/**
 * The writes, the verdict and the lost writes in this many columns. The writes are always shown.
 */
function conflictBody(conflict: Conflict, palette: Palette, room: number): Line {
  return room < ROOM_FOR_WORDS ? crossedBody(conflict, palette, room) : wordedBody(conflict, palette, room);
}

/**
 * `us "A" ∥ eu "B" → "B" lww   lost us:8`; if that is too long, the resolver is left out, then texts are cut.
 */
function wordedBody(conflict: Conflict, palette: Palette, room: number): Line {
  const whole = (limit: number, named: boolean): Line => [
    ...sides(conflict, palette, 'plain', limit),
    ...verdict(conflict, palette, limit, named),
  ];
  const widths = [...shownOf(standingOf(conflict)).map(sideText), ...verdictTexts(conflict, palette)].map(
    widthOf,
  );
  const longest = Math.max(...widths);
  const remark = lost(conflict, palette);
  const importantRemark =
    conflict.lost.length === 0 && conflict.relation === 'concurrent' && conflict.torn.length === 0
      ? []
      : remark;
  for (const [named, beside, least] of [
    [true, remark, longest],
    [false, remark, longest],
    [false, importantRemark, Math.min(longest, SHORT_TEXT)],
  ] as const) {
    const besideWidth = beside.length === 0 ? 0 : lineWidth(beside) + 1;
    const limit = fairShare(widths, room - besideWidth - lineWidth(whole(0, named)));
    if (limit >= least) return spread(whole(limit, named), beside, room, 10);
  }
  return crossedBody(conflict, palette, room);
}

/**
 * `us "A" ✘ ∥ eu "B" → "B"`; if that is too long, the verdict is left out, then texts are cut, then quotes
 * are left out.
 */
function crossedBody(conflict: Conflict, palette: Palette, room: number): Line {
  const texts = shownOf(standingOf(conflict)).map(sideText).map(widthOf);
  const whole = [...sides(conflict, palette, 'crossed', room), ...verdict(conflict, palette, room, false)];
  if (lineWidth(whole) <= room) return fitLine(whole, room);
  const brief: Line = [...sides(conflict, palette, 'crossed', room), ...differ(conflict)];
  if (lineWidth(brief) <= room) return fitLine(brief, room);
  const limit = fairShare(texts, room - lineWidth(sides(conflict, palette, 'crossed', 0)));
  if (limit >= Math.min(SHORT_TEXT, ...texts))
    return fitLine(sides(conflict, palette, 'crossed', limit), room);
  const bare = shownOf(standingOf(conflict)).map(write => widthOf(unquoted(sideText(write))));
  const least = fairShare(bare, room - lineWidth(sides(conflict, palette, 'bare', 0)));
  return fitLine(sides(conflict, palette, 'bare', Math.max(1, least)), room);
}

/** The writes that the row of the conflict shows. */
const shownOf = ({aside, instead, beside}: Standing): readonly ConflictWrite[] => [
  ...beside,
  ...instead,
  ...aside,
];

/**
 * The sign between the write that was set aside and the write that stands. The latter is an older write that
 * readers get instead, or one that superseded a late write.
 */
const arrowOf = (relation: Relation): Run => (relation === 'stale' ? run(' ⇠ ', 'dim') : run(' ← ', 'warn'));

/** `crossed` marks the lost side; `bare` does so too, and saves every possible column. */
type SideStyle = 'plain' | 'crossed' | 'bare';

/**
 * `us "A" ∥ eu "B"`, with no text longer than the limit. The write that stands is first. For each side the
 * newest write is shown.
 */
function sides(conflict: Conflict, palette: Palette, style: SideStyle, limit: number): Line {
  const {aside, instead, beside, earlier} = standingOf(conflict);
  const together = (writes: readonly ConflictWrite[]): Line =>
    join(
      palette
        .inOrder(writes, ({dot}) => dot.origin)
        .map(write => side(write, conflict, palette, style, limit)),
      run(' ∥ ', 'warn'),
    );
  const parts = [[...beside, ...instead], aside].filter(writes => writes.length > 0).map(together);
  return [
    ...join(parts, arrowOf(conflict.relation)),
    ...(earlier.length === 0 ? [] : [run(` +${earlier.length} earlier`, 'dim')]),
  ];
}

function side(
  write: ConflictWrite,
  {lost: dots, torn}: Conflict,
  palette: Palette,
  style: SideStyle,
  limit: number,
): Line {
  const text = style === 'bare' ? unquoted(sideText(write)) : sideText(write);
  const isCrossed = style !== 'plain' && dots.some(dot => sameDot(dot, write.dot));
  const isTorn = style !== 'plain' && torn.some(dot => sameDot(dot, write.dot));
  const gap = style === 'bare' ? '' : ' ';
  return [
    nameRun(write.dot.origin, palette),
    run(` ${cut(text, limit)}`),
    ...(isCrossed ? [run(`${gap}${GLYPHS.failed}`, 'bad')] : []),
    ...(isTorn ? [run(`${gap}${GLYPHS.torn}`, 'warn')] : []),
  ];
}

const unquoted = (text: string): string => text.replace(/^"(.+)"$/, '$1');

/** The value that was set, or the intent if it says more than its effect. */
const sideText = (write: ConflictWrite): string =>
  write.intent === 'set'
    ? write.value === undefined
      ? deleted
      : legible(compactValue(write.value))
    : legible(write.summary);

/** The values in the verdict, which can be cut. */
const verdictTexts = ({decisions}: Conflict, palette: Palette): string[] => {
  const shown = Object.values(decisions).map(({shows}) => shows);
  const [first] = shown;
  if (first === undefined) return [];
  const isAgreed = shown.every(reading => sameReading(reading, first));
  if (isAgreed && first.type === 'siblings') return [];
  return (isAgreed ? [first] : shown).map(reading => showReading(reading, palette));
};

/** The value that readers get now: ` → "B" lww`, or a remark that leaders do not agree. */
function verdict({decisions}: Conflict, palette: Palette, limit: number, named: boolean): Line {
  const made = palette.inOrder(Object.entries(decisions) as [LeaderId, Decision][], ([leader]) => leader);
  const [first] = made;
  if (first === undefined) return [];
  const agreed = made.every(([, {shows}]) => sameReading(shows, first[1].shows));
  if (!agreed)
    return [
      run(' → '),
      ...join(
        made.map(
          ([leader, {shows}]): Line => [
            nameRun(leader, palette),
            run(` ${cut(showReading(shows, palette), limit)}`),
          ],
        ),
        run(', '),
      ),
    ];
  const resolvers = [
    ...new Set(
      made.map(([, {resolver, until}]) => (until === undefined ? resolver : `${resolver} until ${until}`)),
    ),
  ].join('/');
  return [
    run(' → '),
    run(outcome(first[1].shows, palette, limit), 'strong'),
    ...(named ? [run(` ${resolvers}`, 'dim')] : []),
  ];
}

/** The remark that leaders differ, for rows without room for each leader's value. */
function differ({decisions}: Conflict): Line {
  const shown = Object.values(decisions).map(({shows}) => shows);
  return shown.every(reading => sameReading(reading, shown[0] ?? reading))
    ? []
    : [run(' → '), run('leaders differ', 'warn')];
}

const outcome = (shows: Reading, palette: Palette, limit: number): string => {
  if (shows.type !== 'siblings') return cut(showReading(shows, palette), limit);
  return shows.siblings.length === 2 ? 'both kept' : `all ${shows.siblings.length} kept`;
};

/** `reversed lost us:8 +1 ½ torn`: how it differs from a plain conflict, and what was lost. */
function lost(conflict: Conflict, palette: Palette): Line {
  const {relation, torn} = conflict;
  return join(
    [
      relation === 'concurrent' ? [] : [run(relation, relation === 'reversed' ? 'warn' : 'dim')],
      cost(conflict, palette),
      torn.length === 0 ? [] : [run(`${GLYPHS.torn} torn`, 'warn')],
    ],
    run(' '),
  );
}

function cost({lost: dots, relation}: Conflict, palette: Palette): Line {
  const [first] = palette.inOrder(dots, ({origin}) => origin);
  if (first === undefined) return relation === 'concurrent' ? [run('none lost', 'dim')] : [];
  const more = dots.length > 1 ? [run(` +${dots.length - 1}`, 'bad')] : [];
  return [run('lost ', 'bad'), dotRun(first, palette), ...more];
}
