/**
 * The help: the keys, from the one table of bindings, and the commands, from theirs. Every line does what it says when it is chosen.
 */
import {COMMANDS, GROUPS, type Group} from '../../command/index.ts';
import {BINDINGS, type Binding, type Context, type Deed, showKey} from './bindings.ts';
import {type Line, marked, run} from './style.ts';
import {fitLine, padEnd, spread, windowStart} from './text.ts';

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

export const HELP_ROWS: readonly HelpRow[] = [
  ...(Object.keys(GROUPS) as Group[]).flatMap((group): HelpRow[] => [
    {type: 'heading', text: `Commands: ${GROUPS[group].toLowerCase()}`},
    ...COMMANDS.filter(command => command.group === group).map(
      ({usage, name, summary}): HelpRow => ({type: 'command', usage, name, takesMore: usage.trim() !== name, summary}),
    ),
  ]),
  ...SECTIONS.flatMap(({context, title}): HelpRow[] => [
    {type: 'heading', text: title},
    ...BINDINGS.filter(binding => binding.context === context).map(keyRow),
  ]),
];

function keyRow({context, keys, deed, says}: Binding): HelpRow {
  return {type: 'key', context, keys: keys.map(showKey).join(' '), deed, says};
}

/** The next row in this direction that can be chosen; the same one at the ends. */
export function nextHelpRow(at: number, step: number): number {
  const direction = Math.sign(step);
  const target = Math.max(0, Math.min(HELP_ROWS.length - 1, at + step));
  for (let row = target; row >= 0 && row < HELP_ROWS.length; row += direction || 1) if (HELP_ROWS[row]?.type !== 'heading') return row;
  for (let row = target; row >= 0 && row < HELP_ROWS.length; row -= direction || 1) if (HELP_ROWS[row]?.type !== 'heading') return row;
  return at;
}

export const FIRST_HELP_ROW = nextHelpRow(0, 1);

export function drawHelp(at: number, width: number, height: number): Line[] {
  const start = windowStart(HELP_ROWS.length, height, at);
  return HELP_ROWS.slice(start, start + height).map((row, i) => {
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
