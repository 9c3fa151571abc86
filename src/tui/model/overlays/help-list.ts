/**
 * The help: the keys from the table of bindings, and the commands from the table of commands. Choosing a line
 * does what it says.
 */

import {COMMANDS, GROUPS, type Group} from '../../../command/index.ts';
import {widthOf} from '../../../report/words/cut.ts';
import type {Binding, Context, KeyAction} from '../keys/binding.ts';
import {bindingsOf, showKey} from '../keys/bindings.ts';
import type {KeyConditions, LabKind} from '../state/key-conditions.ts';
import {type Line, marked, run} from '../text/style.ts';
import {fitLine, padEnd, windowStart, wrapLine} from '../text/text.ts';

export type HelpRow =
  | {readonly type: 'heading'; readonly text: string}
  | {
      readonly type: 'command';
      readonly usage: string;
      readonly name: string;
      readonly takesMore: boolean;
      readonly summary: string;
    }
  | {
      readonly type: 'key';
      readonly context: Context;
      readonly keys: string;
      readonly does: KeyAction;
      readonly says: string;
    };

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

const rowsFor = (conditions: KeyConditions): HelpRow[] => [
  ...groupsFor(conditions).flatMap((group): HelpRow[] => [
    {type: 'heading', text: `Commands: ${GROUPS[group].toLowerCase()}`},
    ...COMMANDS.filter(command => command.group === group).map(
      ({usage, name, summary}): HelpRow => ({
        type: 'command',
        usage,
        name,
        takesMore: usage.trim() !== name,
        summary,
      }),
    ),
  ]),
  ...SECTIONS.flatMap(({context, title}): HelpRow[] => {
    const rows = bindingsOf([context], conditions).map(keyRow);
    return rows.length === 0 || (context === 'guide' && conditions.lab === 'none')
      ? []
      : [{type: 'heading', text: title}, ...rows];
  }),
];

function groupsFor({time, lab}: KeyConditions): Group[] {
  const isThere = (group: Group): boolean =>
    (group !== 'time' || time === 'virtual') && (group !== 'lab' || lab !== 'none');
  return (Object.keys(GROUPS) as Group[]).filter(isThere);
}

const both = (lab: LabKind) => ({
  real: rowsFor({time: 'real', lab}),
  virtual: rowsFor({time: 'virtual', lab}),
});
const [PLAIN, GUIDED] = [both('none'), both('asking')];

/**
 * Only the keys and commands that apply: those for virtual time or for a lab are listed only with virtual
 * time or a lab.
 */
export const helpRows = ({time, lab}: KeyConditions): readonly HelpRow[] =>
  (lab === 'none' ? PLAIN : GUIDED)[time];

function keyRow({context, keys, does, says}: Binding): HelpRow {
  return {type: 'key', context, keys: keys.map(showKey).join(' '), does, says};
}

/** The next row in this direction that can be chosen; the same one at the ends. */
export function nextHelpRow(at: number, step: number, conditions: KeyConditions): number {
  const rows = helpRows(conditions);
  const direction = Math.sign(step);
  const target = Math.max(0, Math.min(rows.length - 1, at + step));
  for (let row = target; row >= 0 && row < rows.length; row += direction || 1)
    if (rows[row]?.type !== 'heading') return row;
  for (let row = target; row >= 0 && row < rows.length; row -= direction || 1)
    if (rows[row]?.type !== 'heading') return row;
  return at;
}

/** The row after the first heading. */
export const FIRST_HELP_ROW = 1;

/** The row one page further. It is never more than a page away, so no row is skipped. */
export function helpPage(
  at: number,
  direction: -1 | 1,
  conditions: KeyConditions,
  width: number,
  height: number,
): number {
  const starts = startsOf(blocksOf(conditions, width));
  // A heading cannot be chosen, so the row after it is taken.
  const target = (starts[at] ?? 0) + direction * Math.max(1, height - 2);
  const row =
    direction > 0
      ? starts.findLastIndex(start => start <= target)
      : starts.findIndex(start => start >= target);
  return nextHelpRow(at, row - at || direction, conditions);
}

export function drawHelp(at: number, conditions: KeyConditions, width: number, height: number): Line[] {
  const blocks = blocksOf(conditions, width);
  const lines = blocks.flatMap((block, i) =>
    i === at ? block.map(line => marked(fitLine(line, width), 'selected')) : block,
  );
  const start = windowStart(lines.length, height, startsOf(blocks)[at] ?? 0);
  return lines.slice(start, start + height);
}

const blocksOf = (conditions: KeyConditions, width: number): readonly (readonly Line[])[] =>
  helpRows(conditions).map(row => rowLines(row, width));

/** The line at which each row begins. */
function startsOf(blocks: readonly (readonly Line[])[]): readonly number[] {
  let at = 0;
  return blocks.map(({length}) => {
    at += length;
    return at - length;
  });
}

/**
 * The whole row, in as many lines as needed. A key or command too wide for its column is above its
 * description.
 */
function rowLines(row: HelpRow, width: number): readonly Line[] {
  if (row.type === 'heading') return [[run(row.text, 'strong')]];
  const column = Math.min(44, Math.floor(width * 0.45));
  const left = row.type === 'command' ? row.usage : row.keys;
  const margin: Line = [run(' '.repeat(column + 4))];
  const means = [run(row.type === 'command' ? row.summary : row.says)];
  if (widthOf(left) <= column)
    return wrapLine(means, width, [run('  '), run(padEnd(left, column), 'key'), run('  ')], margin);
  return [
    ...wrapLine([run(left, 'key')], width, [run('  ')], [run('    ')]),
    ...wrapLine(means, width, margin, margin),
  ];
}
