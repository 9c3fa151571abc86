/**
 * The engines that a lab makes sense on: as its front matter names them, and in words.
 */
import type {Failure} from '../base/failure.ts';
import {listed} from '../base/list.ts';
import {ENGINE_NAMES, type EngineName} from '../port/engine-name.ts';

/** The engines of a lab that names none. */
const USUAL: readonly EngineName[] = ['native', 'sim'];

export const LISTED_ENGINES = listed(ENGINE_NAMES, 'or');

const namesIn = (given: string): readonly string[] => given.split(',').map(name => name.trim());

const isEngine = (name: string): name is EngineName => ENGINE_NAMES.some(engine => engine === name);

/** True if the text is a list of engines that names each at most once. */
export function isListOfEngines(given: string): boolean {
  const names = namesIn(given);
  return names.every(isEngine) && new Set(names).size === names.length;
}

/**
 * Reads the list of engines of a front matter, such as `native, sim`. Without a list, returns native and
 * sim. Ignores unknown names: `isListOfEngines` finds these.
 */
export const enginesOf = (given: string | undefined): readonly EngineName[] =>
  given === undefined ? USUAL : namesIn(given).filter(isEngine);

/** The engine for a lab if the person names none. */
export const preferred = (engines: readonly EngineName[]): EngineName =>
  engines.find(engine => engine === 'native') ?? engines[0] ?? 'native';

/** `for the native engine alone`; `for the postgres and pglogical engines` */
export const forEngines = (engines: readonly EngineName[]): string =>
  engines.length === 1 ? `for the ${engines[0]} engine alone` : `for the ${listed(engines, 'and')} engines`;

/** The failure of a lab on an engine that it is not for. */
export const engineMismatch = (engines: readonly EngineName[]): Failure => ({
  code: 'syntax',
  message: `this lab is ${forEngines(engines)}`,
  hint: `use --engine ${preferred(engines)}; its front matter names the engines that it works on`,
});

/**
 * For the list of labs: the engines that differ from the usual ones; undefined for the usual engines alone.
 */
export function onEngines(engines: readonly EngineName[]): string | undefined {
  const isUsual = USUAL.every(engine => engines.includes(engine));
  const others = engines.filter(engine => !USUAL.includes(engine));
  if (!isUsual) return `on ${listed(engines, 'or')}`;
  return others.length === 0 ? undefined : `also on ${listed(others, 'and')}`;
}
