/**
 * The list that `leaderlab lab` prints.
 */
import stringWidth from 'string-width';
import {printable} from '../base/printable.ts';
import {head} from '../report/words/cut.ts';
import {GLYPHS} from '../report/words/glyphs.ts';
import {onEngines} from './lab-engines.ts';
import {type Done, type ListedLab, numberOf, type Progress} from './lab-types.ts';

/** One row for each lab; two if it is wider than `width`, in columns. */
export function showCatalog(
  labs: readonly ListedLab[],
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
    'To open a lab: leaderlab lab 2, or a part of its name. ' +
      `${GLYPHS.done} 3/4: done, 3 of 4 predictions right.`,
  ];
}

interface Row {
  readonly head: string;
  readonly teaches: string;
  /** The engines, if they are not the usual ones. Never cut. */
  readonly where: string;
}

function rowOf({name, about}: ListedLab, done: Done | undefined, titleWidth: number): Row {
  const number = (numberOf(name) ?? '').padStart(2);
  const mark = (
    done === undefined ? '' : done.of === 0 ? GLYPHS.done : `${GLYPHS.done} ${done.right}/${done.of}`
  ).padEnd(MARK_WIDTH);
  const head = `${number}  ${mark}  `;
  if (about === undefined)
    return {
      head: `${head}${printable(name)}: its file has errors; leaderlab lab ${number.trim()} lists them`,
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
/** With less room than this, the subjects of a lab go on a row of their own. */
const ROOM_BESIDE = 36;
/** The columns before the title. */
const MARGIN = 2 + 2 + MARK_WIDTH + 2;

const widthOf = (text: string): number => stringWidth(printable(text));

const cut = (text: string, room: number): string =>
  widthOf(text) <= room ? text : `${head(text, room - 1)}…`;
