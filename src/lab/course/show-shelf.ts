/**
 * The list that `leaderlab lab` prints.
 */
import stringWidth from 'string-width';
import {printable} from '../../base/printable.ts';
import {numberOf} from './lab.ts';
import type {Progress} from './progress.ts';
import type {Shelved} from './shelf.ts';

export function showShelf(labs: readonly Shelved[], progress: Progress): readonly string[] {
  if (labs.length === 0) return ['there are no labs here'];
  const titleWidth = Math.max(0, ...labs.map(({about}) => widthOf(about?.title ?? '')));
  const rows = labs.flatMap(({name, about}): string[] => {
    const number = (numberOf(name) ?? '').padStart(2);
    const done = progress[name];
    const mark = (done === undefined ? '' : done.of === 0 ? '✔' : `✔ ${done.right}/${done.of}`).padEnd(MARK_WIDTH);
    const head = `${number}  ${mark}  `;
    if (about === undefined) return [`${head}${printable(name)}: its file has errors; leaderlab lab ${number.trim()} tells which`];
    const title = printable(about.title) + ' '.repeat(titleWidth - widthOf(about.title));
    const minutes = `${about.minutes} min`.padStart(6);
    return [`${head}${title}  ${minutes}`, `${' '.repeat(head.length)}${about.teaches.map(printable).join(', ')}`];
  });
  return [...rows, '', 'leaderlab lab 2 opens one: by its number, or a part of its name. ✔ 3/4: done, 3 of 4 predictions right.'];
}

/** `✔ 3/4` */
const MARK_WIDTH = 5;

const widthOf = (text: string): number => stringWidth(printable(text));
