/**
 * The list that `leaderlab lab` prints.
 */
import {printable} from '../../base/printable.ts';
import {numberOf} from './lab.ts';
import type {Progress} from './progress.ts';
import type {Shelved} from './shelf.ts';

export function showShelf(labs: readonly Shelved[], progress: Progress): readonly string[] {
  if (labs.length === 0) return ['there are no labs here'];
  const rows = labs.flatMap(({name, about}): string[] => {
    const number = (numberOf(name) ?? '').padStart(2);
    const done = progress[name];
    const mark = done === undefined ? '      ' : `✔ ${done.of === 0 ? '' : `${done.right}/${done.of}`}`.padEnd(6);
    if (about === undefined)
      return [`${number}  ${mark}  ${printable(name)}: its file has errors; leaderlab lab ${number.trim()} tells which`];
    const minutes = `${about.minutes} min`.padStart(6);
    return [`${number}  ${mark}  ${printable(about.title)}  ${minutes.trim()}`, `            ${about.teaches.map(printable).join(', ')}`];
  });
  return [...rows, '', 'leaderlab lab 2 opens one: by its number, or a part of its name. ✔ 3/4: done, 3 of 4 predictions right.'];
}
