/**
 * A pasted text of several commands, shown before any of them runs; or why it is too long.
 */
import {count} from '../../../report/words/count.ts';
import type {Overlay} from '../state/state.ts';
import {legible} from '../text/legible.ts';
import {type Line, run} from '../text/style.ts';
import {wrap} from '../text/text.ts';

type PasteOverlay = Extract<Overlay, {type: 'paste'}>;

export function pasteTitle({commands, refusal}: PasteOverlay): string {
  return refusal === undefined ? `pasted: ${count(commands.length, 'command')}` : 'pasted: too long';
}

export function pasteLines({commands, refusal}: PasteOverlay, width: number): Line[] {
  if (refusal !== undefined)
    return [
      ...wrap(refusal, width, 'warn'),
      ...wrap('Nothing was run. Put the commands into a file and use: leaderlab run FILE', width),
      [],
      [run('enter', 'key'), run(' or '), run('esc', 'key'), run(' closes this')],
    ];
  const digits = String(commands.length).length;
  return [
    [
      run('Nothing runs yet.  ', 'warn'),
      run('enter', 'key'),
      run(' runs all of it in order   '),
      run('esc', 'key'),
      run(' runs nothing'),
    ],
    [],
    ...commands.map(
      (command, i): Line => [run(`${String(i + 1).padStart(digits)}  `, 'dim'), run(legible(command))],
    ),
  ];
}
