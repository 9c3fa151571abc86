/**
 * The help: the keys, from the one table of bindings, and the commands, from theirs. Every line does what it says when it is chosen.
 */
import {COMMANDS, GROUPS, type Group} from '../../command/index.ts';
import {type Binding, bindingsOf, type Context, type Deed, showKey} from './bindings.ts';
import type {LabKind, Scene} from './scene.ts';
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
  {context: 'guide', title: 'Keys in the lab'},
  {context: 'timeline', title: 'Keys in the timeline'},
  {context: 'prompt', title: 'Keys in the prompt'},
  {context: 'link', title: 'Keys at a link (enter on one in the topology)'},
  {context: 'resolvers', title: 'Keys in the list of resolvers (r in the panes)'},
  {context: 'topologies', title: 'Keys in the list of topologies (t in the panes)'},
  {context: 'overlay', title: 'Keys while reading an answer'},
  {context: 'paste', title: 'Keys when several commands were pasted'},
  {context: 'filter', title: 'Keys in the filter of conflicts'},
];

const rowsFor = (scene: Scene): HelpRow[] => [
  ...groupsFor(scene).flatMap((group): HelpRow[] => [
    {type: 'heading', text: `Commands: ${GROUPS[group].toLowerCase()}`},
    ...COMMANDS.filter(command => command.group === group).map(
      ({usage, name, summary}): HelpRow => ({type: 'command', usage, name, takesMore: usage.trim() !== name, summary}),
    ),
  ]),
  ...SECTIONS.flatMap(({context, title}): HelpRow[] => {
    const rows = bindingsOf([context], scene).map(keyRow);
    return rows.length === 0 || (context === 'guide' && scene.lab === 'none') ? [] : [{type: 'heading', text: title}, ...rows];
  }),
];

function groupsFor({time, lab}: Scene): Group[] {
  const isThere = (group: Group): boolean => (group !== 'time' || time === 'virtual') && (group !== 'lab' || lab !== 'none');
  return (Object.keys(GROUPS) as Group[]).filter(isThere);
}

const both = (lab: LabKind) => ({real: rowsFor({time: 'real', lab}), virtual: rowsFor({time: 'virtual', lab})});
const [PLAIN, GUIDED] = [both('none'), both('asking')];

/** Only what does something here: what is for virtual time, or for a lab, is there where those are. */
export const helpRows = ({time, lab}: Scene): readonly HelpRow[] => (lab === 'none' ? PLAIN : GUIDED)[time];

function keyRow({context, keys, deed, says}: Binding): HelpRow {
  return {type: 'key', context, keys: keys.map(showKey).join(' '), deed, says};
}

/** The next row in this direction that can be chosen; the same one at the ends. */
export function nextHelpRow(at: number, step: number, scene: Scene): number {
  const rows = helpRows(scene);
  const direction = Math.sign(step);
  const target = Math.max(0, Math.min(rows.length - 1, at + step));
  for (let row = target; row >= 0 && row < rows.length; row += direction || 1) if (rows[row]?.type !== 'heading') return row;
  for (let row = target; row >= 0 && row < rows.length; row -= direction || 1) if (rows[row]?.type !== 'heading') return row;
  return at;
}

/** Behind the first heading. */
export const FIRST_HELP_ROW = 1;

export function drawHelp(at: number, scene: Scene, width: number, height: number): Line[] {
  const rows = helpRows(scene);
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
