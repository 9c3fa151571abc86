/**
 * The list that `leaderlab lab` prints.
 */
import stringWidth from 'string-width';
import {printable} from '../base/printable.ts';
import {head} from '../report/words/cut.ts';
import type {Done, Progress} from './finished-labs.ts';
import type {Shelved} from './lab-catalog.ts';
import {onEngines} from './lab-engines.ts';
import {numberOf} from './lab-types.ts';

/** A row for each, or two where that is too wide. */
export function showShelf(
  labs: readonly Shelved[],
  progress: Progress,
  width = Number.POSITIVE_INFINITY,
): readonly string[] {
  if (labs.length === 0) return ['there are no labs here'];
  const titleWidth = Math.max(0, ...labs.map(({about}) => widthOf(about?.title ?? '')));
  const rows = labs.map(lab => rowOf(lab, progress[lab.name], titleWidth));
  const room = width - (MARGIN + titleWidth + 2 + MINUTES_WIDTH + 2);
  const shown = rows.flatMap(({head, teaches, where}) => {
    if (room >= ROOM_BESIDE || teaches === '')
      return [`${head}  ${cut(teaches, room - widthOf(where))}${where}`.trimEnd()];
    return [head, `${' '.repeat(MARGIN)}${teaches}${where}`];
  });
  return [
    ...shown,
    '',
    'leaderlab lab 2 opens one: by its number, or a part of its name. ✔ 3/4: done, 3 of 4 predictions ' +
      'right.',
  ];
}

interface Row {
  readonly head: string;
  readonly teaches: string;
  /** On which engines, where that has to be said; never cut. */
  readonly where: string;
}

function rowOf({name, about}: Shelved, done: Done | undefined, titleWidth: number): Row {
  const number = (numberOf(name) ?? '').padStart(2);
  const mark = (done === undefined ? '' : done.of === 0 ? '✔' : `✔ ${done.right}/${done.of}`).padEnd(
    MARK_WIDTH,
  );
  const head = `${number}  ${mark}  `;
  if (about === undefined)
    return {
      head: `${head}${printable(name)}: its file has errors; leaderlab lab ${number.trim()} tells which`,
      teaches: '',
      where: '',
    };
  const title = printable(about.title) + ' '.repeat(titleWidth - widthOf(about.title));
  const where = onEngines(about.engines);
  return {
    head: `${head}${title}  ${`${about.minutes} min`.padStart(MINUTES_WIDTH)}`,
    teaches: about.teaches.map(printable).join(', '),
    where: where === undefined ? '' : ` · ${where}`,
  };
}

/** `✔ 3/4` */
const MARK_WIDTH = 5;
const MINUTES_WIDTH = 6;
/** In less than this, what a lab teaches is no use beside its title. */
const ROOM_BESIDE = 36;
/** Before the title. */
const MARGIN = 2 + 2 + MARK_WIDTH + 2;

const widthOf = (text: string): number => stringWidth(printable(text));

const cut = (text: string, room: number): string =>
  widthOf(text) <= room ? text : `${head(text, room - 1)}…`;
