/**
 * Flags that are written like a command of the lab: `--topology "star eu"`, `--resolver "priority us eu"`.
 * They may name leaders, so they are parsed only once the leaders are known.
 */
import {resolve} from 'node:path';
import {Option} from 'commander';
import type {LeaderId} from '../base/ids.ts';
import type {Action} from '../command/action.ts';
import {parse} from '../command/index.ts';
import {TOPOLOGY_NAMES, type TopologySpec} from '../command/topology.ts';
import {RESOLVER_NAMES, type ResolverSpec} from '../core/resolvers/spec.ts';
import {FLAG_VALUES} from './flag-facts.ts';
import {quit} from './quit.ts';

export const topologyOption = (): Option =>
  new Option(
    '--topology <topology>',
    `which links exist: ${TOPOLOGY_NAMES.join(', ')}; star and custom take more words, as star eu ` +
      '(default: mesh)',
  );

export const resolverOption = (): Option =>
  new Option(
    '--resolver <resolver>',
    `how conflicts are resolved: ${RESOLVER_NAMES.join(', ')}; priority and custom take more words, as ` +
      'priority ap us eu (default: lww)',
  );

export const topologyOf = (
  text: string | undefined,
  leaders: readonly LeaderId[],
): TopologySpec | undefined =>
  text === undefined ? undefined : settingOf('topology', text, leaders).topology;

/** A module's file is relative to where the program was started. */
export function resolverOf(text: string | undefined, leaders: readonly LeaderId[]): ResolverSpec | undefined {
  if (text === undefined) return undefined;
  const {resolver} = settingOf('resolver', text, leaders);
  return resolver.name === 'custom' ? {...resolver, file: resolve(resolver.file)} : resolver;
}

/** A setting as the command of that name takes it, for the whole cluster. */
function settingOf<Type extends 'topology' | 'resolver'>(
  type: Type,
  text: string,
  leaders: readonly LeaderId[],
): Extract<Action, {type: Type}> {
  const parsed = parse(`${type} ${text}`, {leaders});
  if (!parsed.ok) {
    const {message, hint} = parsed.failure;
    const example = `for example: --${type} ${FLAG_VALUES[`--${type}`]}`;
    quit({
      code: 'syntax',
      message: `--${type}: ${message}`,
      hint: hint === undefined ? example : `${hint}; ${example}`,
    });
  }
  const {value} = parsed;
  if (value.type === type && !('at' in value && value.at !== 'cluster'))
    return value as Extract<Action, {type: Type}>;
  if (value.type === 'setting')
    quit({
      code: 'syntax',
      message: `--${type} needs a value`,
      hint: `for example: --${type} ${FLAG_VALUES[`--${type}`]}`,
    });
  quit({code: 'syntax', message: `--${type}: it is set at every leader`, hint: 'leave @ out'});
}
