/**
 * The help: the keys, from the one table of bindings, and the commands, from theirs. Every line does what it says when it is chosen.
 */
import {COMMANDS, GROUPS, type Group} from '../../command/index.ts';
import {type Binding, bindingsOf, type Context, type Deed, showKey} from './bindings.ts';
import {type Line, marked, run} from './style.ts';
import {fitLine, padEnd, spread, windowStart} from './text.ts';
import type {TimeKind} from './virtual-time.ts';

export type HelpRow =
  | {readonly type: 'heading'; readonly text: string}
  | {readonly type: 'command'; readonly usage: string; readonly name: string; readonly takesMore: boolean; readonly summary: string}
  | {readonly type: 'key'; readonly context: Context; readonly keys: string; readonly deed: Deed; readonly says: string};

const SECTIONS: readonly {readonly context: Context; readonly title: string}[] = [
  {context: 'panes', title: 'Keys in the panes (esc gives them the keys)'},
  {context: 'topology', title: 'Keys in the topology'},
  {context: 'leaders', title: 'Keys in the leaders'},
  {context: 'conflicts', title: 'Keys in the conflict log'},
  {context: 'timeline', title: 'Keys in the timeline'},
  {context: 'prompt', title: 'Keys in the prompt'},
  {context: 'link', title: 'Keys at a link (enter on one in the topology)'},
  {context: 'resolvers', title: 'Keys in the list of resolvers (r in the panes)'},
  {context: 'topologies', title: 'Keys in the list of topologies (t in the panes)'},
  {context: 'overlay', title: 'Keys while reading an answer'},
  {context: 'filter', title: 'Keys in the filter of conflicts'},
];

const rowsFor = (time: TimeKind): HelpRow[] => [
  ...groupsFor(time).flatMap((group): HelpRow[] => [
    {type: 'heading', text: `Commands: ${GROUPS[group].toLowerCase()}`},
    ...COMMANDS.filter(command => command.group === group).map(
      ({usage, name, summary}): HelpRow => ({type: 'command', usage, name, takesMore: usage.trim() !== name, summary}),
    ),
  ]),
  ...SECTIONS.flatMap(({context, title}): HelpRow[] => [{type: 'heading', text: title}, ...bindingsOf([context], time).map(keyRow)]),
];

const groupsFor = (time: TimeKind): Group[] => (Object.keys(GROUPS) as Group[]).filter(group => group !== 'time' || time === 'virtual');

const ROWS: {readonly [time in TimeKind]: readonly HelpRow[]} = {real: rowsFor('real'), virtual: rowsFor('virtual')};

/** Only what does something here: what is for virtual time is not there where time is real. */
export const helpRows = (time: TimeKind): readonly HelpRow[] => ROWS[time];

function keyRow({context, keys, deed, says}: Binding): HelpRow {
  return {type: 'key', context, keys: keys.map(showKey).join(' '), deed, says};
}

/** The next row in this direction that can be chosen; the same one at the ends. */
export function nextHelpRow(at: number, step: number, time: TimeKind): number {
  const rows = helpRows(time);
  const direction = Math.sign(step);
  const target = Math.max(0, Math.min(rows.length - 1, at + step));
  for (let row = target; row >= 0 && row < rows.length; row += direction || 1) if (rows[row]?.type !== 'heading') return row;
  for (let row = target; row >= 0 && row < rows.length; row -= direction || 1) if (rows[row]?.type !== 'heading') return row;
  return at;
}

/** Behind the first heading. */
export const FIRST_HELP_ROW = 1;

export function drawHelp(at: number, time: TimeKind, width: number, height: number): Line[] {
  const rows = helpRows(time);
  const start = windowStart(rows.length, height, at);
  return rows.slice(start, start + height).map((row, i) => {
    const line = rowLine(row, width);
    return start + i === at ? marked(fitLine(line, width), 'selected') : line;
  });
}

function rowLine(row: HelpRow, width: number): Line {
  const column = Math.min(44, Math.floor(width * 0.45));
  if (row.type === 'heading') return [run(row.text, 'strong')];
  const left = row.type === 'command' ? row.usage : row.keys;
  return [
    run('  '),
    run(padEnd(left, column), 'key'),
    run('  '),
    ...spread([run(row.type === 'command' ? row.summary : row.says)], [], width - column - 4),
  ];
}
