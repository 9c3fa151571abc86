/**
 * Action -> the text that a person would type for it. Parsing that text gives the same action, except for
 * `restore-rules` and `restore-resolvers`, which only `undo` makes. The rows of the command table show the
 * actions that have a command of their own.
 */
import type {LeaderId, LinkId} from '../base/ids.ts';
import {type ResolverSpec, showResolver} from '../core/resolvers/spec.ts';
import type {LinkRule} from '../faults/rule.ts';
import type {Action} from './action.ts';
import {folded} from './grammar/show-parts.ts';
import {commandThatMakes} from './table/all-commands.ts';
import {showLinks} from './topology.ts';

/**
 * Returns the action as a command that a person would type. For the two `restore-` actions, which no command
 * makes, it returns a description that the parser does not accept.
 */
export function showAction(action: Action): string {
  switch (action.type) {
    case 'concurrently':
      return action.writes.map(showAction).join(' || ');
    case 'restore-rules':
      return showRestored(action.rules);
    case 'restore-resolvers':
      return `resolver ${[showResolver(action.resolver), ...showExceptions(action.exceptions)].join(', ')}`;
    default:
      return commandThatMakes(action.type).show(action);
  }
}

/** Says what happens to the links: to undo a heal is to cut them again, which must not read like a repair. */
function showRestored(rules: {readonly [link: LinkId]: LinkRule}): string {
  const all = Object.entries(rules) as [LinkId, LinkRule][];
  const those = (wanted: (rule: LinkRule) => boolean): LinkId[] =>
    all.filter(([, rule]) => wanted(rule)).map(([id]) => id);
  const [cut, held, others] = [
    those(rule => rule.cut),
    those(rule => rule.hold && !rule.cut),
    those(rule => !rule.cut && !rule.hold),
  ];
  return [
    ...(cut.length === 0 ? [] : [`cut ${showLinks(folded(cut))} again`]),
    ...(held.length === 0 ? [] : [`hold ${showLinks(folded(held))} again`]),
    ...(others.length === 0 ? [] : [`restore ${showLinks(folded(others))}`]),
  ].join(', ');
}

const showExceptions = (exceptions: {readonly [leader: LeaderId]: ResolverSpec}): string[] =>
  Object.entries(exceptions).map(([leader, spec]) => `${showResolver(spec)} @${leader}`);
