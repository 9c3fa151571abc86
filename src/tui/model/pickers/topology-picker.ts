/**
 * The list of topologies to choose from: a description of each, and how it would link the present leaders.
 */
import type {LeaderId} from '../../../base/ids.ts';
import {TOPOLOGY_NAMES, type TopologyName} from '../../../command/topology.ts';
import type {ClusterView} from '../../../port/view.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {type Line, marked, run} from '../text/style.ts';
import {cutLine, fitLine, join, padEnd, windowStart} from '../text/text.ts';
import {nameRun, paletteOf} from '../text/words.ts';
import type {Choice} from './resolver-picker.ts';

const ABOUT: {readonly [name in TopologyName]: string} = {
  mesh: 'every leader links to every other and sends its own writes',
  ring: 'each sends to the next, one way; a dead leader breaks it',
  'two-way-ring': 'each links to both neighbours; one may die',
  'modified-ring': 'a two-way ring that links around dead leaders',
  star: 'all link to one hub, which passes everything on',
  chain: 'a line; writes of one end pass all leaders to the other',
  tree: 'each links to the one above it and to those below',
  custom: 'the links that you name, such as us>eu,eu-ap',
};

/** Those that the engine has. */
const namesIn = ({offers}: ClusterView): readonly TopologyName[] => offers?.topologies ?? TOPOLOGY_NAMES;

/** Returns how many rows the list has: one for each topology that the engine offers. */
export const topologyRows = (view: ClusterView): number => namesIn(view).length;

/** Returns the row of the cluster's present topology; -1 if the list does not have it. */
export const placeOfTopology = (view: ClusterView): number => namesIn(view).indexOf(view.topology.name);

/** The hub that is selected first: the present one, else the first leader. */
export const presentHub = ({topology, leaders}: ClusterView): LeaderId | undefined =>
  (topology.name === 'star' ? topology.hub : undefined) ?? leaders[0]?.id;

/** Only a star has a hub to choose. */
export const hasHub = (at: number, view: ClusterView): boolean => namesIn(view)[at] === 'star';

/**
 * Returns the leader after this hub (1) or before it (-1), cyclically; `undefined` if there are no leaders.
 */
export function nextHub(
  {leaders}: ClusterView,
  hub: LeaderId | undefined,
  step: 1 | -1,
): LeaderId | undefined {
  const at = leaders.findIndex(({id}) => id === hub);
  return leaders[(at + step + leaders.length) % leaders.length]?.id;
}

/**
 * Returns the command that sets the topology of row `at`. Only a star uses `hub`. `custom` needs its links,
 * so its command goes to the prompt.
 */
export function topologyChoice(at: number, hub: LeaderId | undefined, view: ClusterView): Choice {
  const name = namesIn(view)[at] ?? 'mesh';
  if (name === 'custom') return {command: 'topology custom ', cursor: 'topology custom '.length};
  return {command: name === 'star' && hub !== undefined ? `topology star ${hub}` : `topology ${name}`};
}

const NAME_WIDTH = Math.max(...TOPOLOGY_NAMES.map(name => name.length));

/**
 * Draws the rows around the selected row `at`, and below them how that topology would link the leaders, in
 * at most `height` lines.
 */
export function drawTopologies(
  at: number,
  hub: LeaderId | undefined,
  view: ClusterView,
  width: number,
  height: number,
): Line[] {
  const names = namesIn(view);
  const name = names[at] ?? 'mesh';
  const picture = cutLine(drawing(name, hub, view), width);
  const room = Math.max(1, height - 3);
  const start = windowStart(names.length, room, at);
  const rows = names.slice(start, start + room).map((row, i) => {
    const isPresent = view.topology.name === row;
    const line: Line = [
      isPresent ? run(`${GLYPHS.on} `, 'good') : run('  '),
      run(padEnd(row, NAME_WIDTH), 'key'),
      run(`  ${ABOUT[row]}`),
    ];
    return start + i === at ? marked(fitLine(line, width), 'selected') : line;
  });
  return [[], ...rows, [], picture].slice(0, height);
}

/** `us → eu → ap → us`: one line with the names of the leaders. */
function drawing(name: TopologyName, hub: LeaderId | undefined, view: ClusterView): Line {
  const palette = paletteOf(view);
  const ids = view.leaders.map(({id}) => id);
  const each = (some: readonly LeaderId[], between: string): Line =>
    join(
      some.map((id): Line => [nameRun(id, palette)]),
      run(between, 'dim'),
    );
  const others = ids.filter(id => id !== hub);
  const [first] = ids;
  const round = first === undefined ? ids : [...ids, first];
  switch (name) {
    case 'mesh':
      return [...each(ids, ' × '), run('   each with each', 'dim')];
    case 'ring':
      return each(round, ' → ');
    case 'two-way-ring':
    case 'modified-ring':
      return each(round, ' ↔ ');
    case 'star':
      return [
        ...(hub === undefined ? [] : [{...nameRun(hub, palette), text: `‹${hub}›`}]),
        run(' ↔ ', 'dim'),
        ...each(others, ', '),
        run('   ←→ chooses the hub', 'dim'),
      ];
    case 'chain':
      return each(ids, ' ↔ ');
    case 'tree':
      return [...each(ids.slice(0, 1), ''), run(' above ', 'dim'), ...each(ids.slice(1), ', ')];
    case 'custom':
      return [run('enter puts the command at the prompt; the links follow', 'dim')];
  }
}

export const topologiesTitle = 'topology: who sends to whom';
