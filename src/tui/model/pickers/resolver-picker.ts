/**
 * The list of resolvers to choose from, for the whole cluster or for one leader. It shows what a reader sees
 * under each, which leaders use it, and whether leaders converge. The choice becomes a command, as if typed.
 */
import type {LeaderId} from '../../../base/ids.ts';
import {RESOLVER_ABOUT} from '../../../core/resolvers/registry.ts';
import {RESOLVER_NAMES, type ResolverName} from '../../../core/resolvers/spec.ts';
import type {ClusterView} from '../../../port/view.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {type Line, marked, run} from '../text/style.ts';
import {fitLine, join, padEnd, windowStart} from '../text/text.ts';
import {nameRun, paletteOf} from '../text/words.ts';

/** The leader that the choice is for; `undefined` for the cluster. */
export type Scope = LeaderId | undefined;

/** Those that the engine has. */
const namesIn = ({offers}: ClusterView): readonly ResolverName[] => offers?.resolvers ?? RESOLVER_NAMES;

/** Returns how many rows the list has: one for each resolver that the engine offers. */
export const resolverRows = (view: ClusterView): number => namesIn(view).length;

/** Returns the row of the resolver that the scope uses now; -1 if the list does not have it. */
export const placeOfResolver = (view: ClusterView, scope: Scope): number =>
  namesIn(view).indexOf(presentResolver(view, scope).name);

const presentResolver = ({leaders, resolver}: ClusterView, scope: Scope) =>
  leaders.find(({id}) => id === scope)?.resolver ?? resolver;

/** The scope after this one, or before: the cluster, then each leader. */
export function nextScope({leaders}: ClusterView, scope: Scope, step: 1 | -1): Scope {
  const all: readonly Scope[] = [undefined, ...leaders.map(({id}) => id)];
  return all[(all.indexOf(scope) + step + all.length) % all.length];
}

export interface Choice {
  readonly command: string;
  /** If the command needs more arguments, it goes to the prompt with the cursor here. */
  readonly cursor?: number;
}

/**
 * Returns the command that sets the resolver of row `at` for the scope. `priority` and `custom` need
 * arguments, so their commands go to the prompt.
 */
export function resolverChoice(at: number, scope: Scope, view: ClusterView): Choice {
  const name = namesIn(view)[at] ?? 'lww';
  const place = scope === undefined ? '' : ` @${scope}`;
  if (name === 'custom') return {command: `resolver custom ${place}`, cursor: 'resolver custom '.length};
  if (name !== 'priority') return {command: `resolver ${name}${place}`};
  const head = `resolver priority ${orderOf(view, scope).join(' ')}`;
  return {command: `${head}${place}`, cursor: head.length};
}

/** The order in force, followed by the leaders that it does not name. */
function orderOf(view: ClusterView, scope: Scope): readonly LeaderId[] {
  const present = presentResolver(view, scope);
  const named = present.name === 'priority' ? present.order : [];
  return [...named, ...view.leaders.map(({id}) => id).filter(id => !named.includes(id))];
}

const NAME_WIDTH = Math.max(...RESOLVER_NAMES.map(name => name.length));
const WIDE = 110;

/**
 * Draws the scope, the rows around the selected row `at`, and what that resolver does, in at most `height`
 * lines. With 110 columns or more, each row also names real systems that use it.
 */
export function drawResolvers(
  at: number,
  scope: Scope,
  view: ClusterView,
  width: number,
  height: number,
): Line[] {
  const names = namesIn(view);
  const name = names[at] ?? 'lww';
  const {seenIn, convergent} = RESOLVER_ABOUT[name];
  const isWide = width >= WIDE;
  const about: Line[] = [
    ...(isWide ? [] : [[run('seen in    ', 'dim'), run(seenIn)]]),
    convergent
      ? [
          run(`${GLYPHS.done} converges: `, 'good'),
          run('the same writes read the same at every leader, in any order', 'dim'),
        ]
      : [
          run(`${GLYPHS.differs} need not converge: `, 'warn'),
          run('with the same writes, leaders may read differently', 'dim'),
        ],
  ];
  const head: Line[] = [scopeLine(scope, view, width), []];
  const room = Math.max(1, height - head.length - about.length - 1);
  const start = windowStart(names.length, room, at);
  const rows = names.slice(start, start + room).map((row, i) => {
    const line = resolverLine(row, scope, view, isWide);
    return start + i === at ? marked(fitLine(line, width), 'selected') : line;
  });
  const below = names.length - start - room;
  const hidden = [start > 0 ? `${start} more ↑` : '', below > 0 ? `${below} more ↓` : '']
    .filter(text => text !== '')
    .join('  ');
  return [...head, ...rows, hidden === '' ? [] : [run(hidden, 'dim')], ...about].flatMap((line, i) =>
    i < height ? [line] : [],
  );
}

function scopeLine(scope: Scope, view: ClusterView, width: number): Line {
  const all: readonly Scope[] = [undefined, ...view.leaders.map(({id}) => id)];
  const shown = Math.max(
    2,
    Math.floor((width - 16) / (Math.max(...view.leaders.map(({id}) => id.length)) + 4)),
  );
  const start = windowStart(all.length, shown, all.indexOf(scope));
  const palette = paletteOf(view);
  const names = all.slice(start, start + shown).map((one): Line => {
    const name = one === undefined ? run('the cluster') : nameRun(one, palette);
    return one === scope
      ? [{...name, text: `‹${name.text}›`, mark: 'selected'}]
      : [{...name, text: ` ${name.text} `}];
  });
  return [
    run('for ', 'dim'),
    ...join(names, run(' ')),
    ...(start + shown < all.length ? [run(' …', 'dim')] : []),
  ];
}

/** The mark before the name shows who uses the resolver: `●` the cluster, `○` a leader that differs. */
function resolverLine(name: ResolverName, scope: Scope, view: ClusterView, isWide: boolean): Line {
  const {summary, seenIn, convergent} = RESOLVER_ABOUT[name];
  const isPresent = presentResolver(view, scope).name === name;
  const elsewhere = view.leaders.some(({resolver}) => resolver.name === name);
  const used = isPresent
    ? run(`${GLYPHS.on} `, 'good')
    : elsewhere
      ? run(`${GLYPHS.off} `, 'warn')
      : run('  ');
  return [
    used,
    run(padEnd(name, NAME_WIDTH), 'key'),
    convergent ? run('   ') : run(` ${GLYPHS.differs} `, 'warn'),
    run(isWide ? padEnd(summary, 62) : summary),
    ...(isWide ? [run(seenIn, 'dim')] : []),
  ];
}

export const resolversTitle = 'resolver: what a reader sees of concurrent writes';
