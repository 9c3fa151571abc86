/**
 * Faults of links: turns an action into new rules for the links that it names. Pure; the engine carries them
 * out.
 */
import {assertNever} from '../../../base/assert.ts';
import {fail, type Result, succeed} from '../../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds, linkId} from '../../../base/ids.ts';
import type {ActionOf, LinkChange} from '../../../command/action.ts';
import type {LinkSelector} from '../../../command/topology.ts';
import {type LinkRule, sameRule} from '../../../faults/rule.ts';
import {changeInWords, checkedChange, type RuleChange} from '../../../faults/wording.ts';

export const LINK_ACTIONS = [
  'cut',
  'hold',
  'release',
  'reset',
  'link',
  'heal',
  'partition',
  'restore-rules',
] as const;
export type LinkAction = ActionOf<(typeof LINK_ACTIONS)[number]>;

/** The rules of one link. */
export interface LinkSituation {
  readonly id: LinkId;
  /** The rule that it started with, to which `heal` returns. */
  readonly base: LinkRule;
  readonly rule: LinkRule;
}

export interface LinkChanges {
  /** The new rules of links whose rule changes. */
  readonly rules: ReadonlyMap<LinkId, LinkRule>;
  /** Links whose connections are broken. */
  readonly resets: readonly LinkId[];
  /** True if links that another topology removed come back without faults. */
  readonly forgetsRemovedLinks: boolean;
  /** What changed, in a few words. */
  readonly summary: string;
}

export const isFaulty = ({rule, base}: LinkSituation): boolean => !sameRule(rule, base);

/**
 * Computes the changes that an action makes to these links. Fails if the action names a link that does not
 * exist.
 */
export function linkChanges(action: LinkAction, links: readonly LinkSituation[]): Result<LinkChanges> {
  switch (action.type) {
    case 'cut':
      return select(links, action.links, 'cut', ({rule}) => ({...rule, cut: true}));
    case 'hold':
      return select(links, action.links, 'holding', ({rule}) => ({...rule, hold: true}));
    case 'release':
      return select(links, action.links, 'released', ({rule}) => ({...rule, hold: false}));
    case 'reset': {
      const selected = selectLinks(links, action.links);
      if (!selected.ok) return selected;
      const resets = selected.value.map(({id}) => id);
      return succeed({...NONE, resets, summary: `${resets.join(' ')} reset`});
    }
    case 'link':
      return action.change === 'clear'
        ? select(links, action.links, 'healed', ({base}) => base)
        : suffer(links, action.links, action.change);
    case 'heal':
      return action.links === 'all'
        ? succeed(healed(links))
        : select(links, action.links, 'healed', ({base}) => base);
    case 'partition':
      return partition(links, action.groups);
    case 'restore-rules':
      return succeed(restored(links, action.rules));
    default:
      return assertNever(action);
  }
}

const NONE: LinkChanges = {rules: new Map(), resets: [], forgetsRemovedLinks: false, summary: ''};

function change(
  links: readonly LinkSituation[],
  done: string,
  wanted: (link: LinkSituation) => LinkRule,
): LinkChanges {
  const changed = links
    .map(link => ({link, rule: wanted(link)}))
    .filter(({link, rule}) => !sameRule(link.rule, rule));
  return {
    ...NONE,
    rules: new Map(changed.map(({link, rule}) => [link.id, rule])),
    summary: `${links.map(({id}) => id).join(' ')} ${done}`,
  };
}

/** Links with the same change are named together. */
function restored(links: readonly LinkSituation[], rules: {readonly [link: LinkId]: LinkRule}): LinkChanges {
  const idsByWords = new Map<string, LinkId[]>();
  for (const {id, base, rule} of links) {
    const after = rules[id];
    if (after === undefined) continue;
    const words = sameRule(after, base) ? 'healed' : returnInWords(rule, after);
    idsByWords.set(words, [...(idsByWords.get(words) ?? []), id]);
  }
  const named = links.filter(({id}) => rules[id] !== undefined);
  const summary = [...idsByWords].map(([words, ids]) => `${ids.join(' ')} ${words}`).join('; ');
  return {...change(named, '', ({id, rule}) => rules[id] ?? rule), summary};
}

/** `cut again`, `no longer cut`, `latency 80 ms, loss 5% again`. */
function returnInWords(before: LinkRule, after: LinkRule): string {
  const settings = changeInWords(settingsThatDiffer(before, after));
  const returned = [
    ...(after.cut && !before.cut ? ['cut'] : []),
    ...(after.hold && !before.hold ? ['holding'] : []),
    ...(settings === '' ? [] : [settings]),
  ];
  const ended = [
    ...(before.cut && !after.cut ? ['no longer cut'] : []),
    ...(before.hold && !after.hold ? ['released'] : []),
  ];
  return [...(returned.length === 0 ? [] : [`${returned.join(', ')} again`]), ...ended].join(', ');
}

const settingsThatDiffer = (before: LinkRule, {cut: _, hold: __, ...after}: LinkRule): RuleChange =>
  Object.fromEntries(
    Object.entries(after).filter(([name, value]) => before[name as keyof LinkRule] !== value),
  );

function select(
  links: readonly LinkSituation[],
  selectors: readonly LinkSelector[],
  done: string,
  rule: (link: LinkSituation) => LinkRule,
): Result<LinkChanges> {
  const selected = selectLinks(links, selectors);
  return selected.ok ? succeed(change(selected.value, done, rule)) : selected;
}

function suffer(
  links: readonly LinkSituation[],
  selectors: readonly LinkSelector[],
  wanted: LinkChange,
): Result<LinkChanges> {
  const [checked, selected] = [checkedChange(wanted), selectLinks(links, selectors)];
  if (!checked.ok) return checked;
  if (!selected.ok) return selected;
  const changed = change(selected.value, '', ({rule}) => ({...rule, ...wanted}));
  return succeed({
    ...changed,
    summary: `${selected.value.map(({id}) => id).join(' ')}: ${changeInWords(wanted)}`,
  });
}

function healed(links: readonly LinkSituation[]): LinkChanges {
  const faulty = links.filter(isFaulty);
  if (faulty.length === 0) return {...NONE, forgetsRemovedLinks: true, summary: 'no link had a fault'};
  return {...change(faulty, 'healed', ({base}) => base), forgetsRemovedLinks: true};
}

function partition(
  links: readonly LinkSituation[],
  groups: readonly (readonly LeaderId[])[],
): Result<LinkChanges> {
  const groupOf = new Map(groups.flatMap((group, i) => group.map(id => [id, i] as const)));
  const between = links.filter(({id}) => {
    const [from, to] = [groupOf.get(linkEnds(id).from), groupOf.get(linkEnds(id).to)];
    return from !== undefined && to !== undefined && from !== to;
  });
  if (between.length === 0) return fail('no-link', 'no link leads from one of these groups to another');
  return succeed(change(between, 'cut', ({rule}) => ({...rule, cut: true})));
}

/** The links that the selectors name. A selector that names no link is an error that lists the links. */
function selectLinks(
  links: readonly LinkSituation[],
  selectors: readonly LinkSelector[],
): Result<readonly LinkSituation[]> {
  const selected = new Set<LinkSituation>();
  for (const {a, b, both} of selectors) {
    const names = [linkId(a, b), ...(both ? [linkId(b, a)] : [])];
    const named = names.flatMap(name => links.filter(({id}) => id === name));
    if (named.length === 0) {
      return fail(
        'no-link',
        `there is no link ${a}${both ? '-' : '>'}${b} in this topology`,
        `the links are ${links.map(({id}) => id).join(' ')}`,
      );
    }
    for (const link of named) selected.add(link);
  }
  return succeed([...selected]);
}
