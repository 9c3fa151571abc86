/**
 * Parsers of the values of flags. They throw commander's own error, which commander reports together with the
 * flag's name.
 */
import {InvalidArgumentError} from 'commander';
import {isLeaderId, type LeaderId, leaderId} from '../base/ids.ts';
import {printable} from '../base/printable.ts';
import {LEADER_LIMIT, LEADER_NAME_HINT, REGIONS} from '../command/grammar/leader-names.ts';
import {didYouMean} from '../command/grammar/suggest.ts';
import {parse} from '../command/index.ts';
import {type ForeignServer, foreignServer} from '../engines/postgres/sql/address.ts';
import {ENGINE_NAMES, type EngineName} from '../port/engine-name.ts';

/** A number of leaders, or their names. */
export function parseLeaders(text: string): readonly LeaderId[] {
  if (/^\d+$/.test(text)) return regionNames(Number(text));
  const names = text.split(',').map(name => name.trim());
  const wrong = names.find(name => !isLeaderId(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${printable(wrong)}" is not a name for a leader: ${LEADER_NAME_HINT}.`);
  if (names.includes('all'))
    throw new InvalidArgumentError('"all" names every leader, so none can have that name.');
  if (new Set(names).size < names.length) throw new InvalidArgumentError('name each leader once.');
  if (names.length > LEADER_LIMIT) throw new InvalidArgumentError(`at most ${LEADER_LIMIT} leaders.`);
  return names.map(leaderId);
}

/** One engine, or several separated by commas. */
export function parseEngines(text: string): readonly EngineName[] {
  const names = text.split(',').map(name => name.trim());
  for (const name of names) if (!isEngine(name)) throw noEngine(name);
  if (new Set(names).size < names.length) throw new InvalidArgumentError('name each engine once.');
  return names.filter(isEngine);
}

/** Exactly one engine. */
export function parseEngine(text: string): EngineName {
  if (isEngine(text)) return text;
  if (text.includes(',') && text.split(',').every(name => isEngine(name.trim())))
    throw new InvalidArgumentError('one engine at a time; only run compares several.');
  throw noEngine(text);
}

/** Other names that people use for engines. */
const OTHER_ENGINES: {readonly [name: string]: EngineName} = {
  pg: 'postgres',
  psql: 'postgres',
  postgresql: 'postgres',
  real: 'native',
  process: 'native',
  simulator: 'sim',
  simulation: 'sim',
  virtual: 'sim',
};

function noEngine(name: string): InvalidArgumentError {
  const other = Object.hasOwn(OTHER_ENGINES, name.toLowerCase())
    ? OTHER_ENGINES[name.toLowerCase()]
    : undefined;
  const nearest = other === undefined ? didYouMean(name, ENGINE_NAMES) : `; did you mean ${other}?`;
  const all = `are ${ENGINE_NAMES.join(', ')}.`;
  const message = `no engine "${printable(name)}"`;
  return new InvalidArgumentError(
    nearest === '' ? `${message}; there ${all}` : `${message}${nearest} There ${all}`,
  );
}

const isEngine = (name: string): name is EngineName => ENGINE_NAMES.some(engine => engine === name);

/** Names this many leaders: after regions, and `l9` and so on if there are not enough regions. */
function regionNames(count: number): readonly LeaderId[] {
  if (count < 1 || count > LEADER_LIMIT)
    throw new InvalidArgumentError(`from 1 to ${LEADER_LIMIT} leaders, not ${count}`);
  return Array.from({length: count}, (_, i) => REGIONS[i] ?? leaderId(`l${i + 1}`));
}

export function parseNumber(low: number, high: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < low || value > high)
      throw new InvalidArgumentError(`expected a number from ${low} to ${high}, not "${printable(text)}".`);
    return value;
  };
}

/** Adds one of the user's own servers to those before. */
export function parseServer(text: string, before: readonly ForeignServer[] = []): readonly ForeignServer[] {
  const server = foreignServer(text, process.env);
  if (!server.ok) {
    const {message, hint} = server.failure;
    throw new InvalidArgumentError(printable(hint === undefined ? `${message}.` : `${message}: ${hint}.`));
  }
  if (before.some(({leader}) => leader === server.value.leader))
    throw new InvalidArgumentError('name each leader once.');
  return [...before, server.value];
}

/** A path. An empty one would be the current folder. */
export function parsePath(text: string): string {
  if (text.trim() === '')
    throw new InvalidArgumentError('the path is empty; for the current folder type a dot.');
  return text;
}

/** A file by its path. Elsewhere `-` is a stream; here the lab itself writes there. */
export function parseFile(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('the path is empty; name a file.');
  if (text === '-')
    throw new InvalidArgumentError(
      '- is not a file: the lab uses the standard output itself; for a file of that name type ./-',
    );
  return text;
}

export const parseSeed = parseNumber(0, Number.MAX_SAFE_INTEGER);

/** A duration as commands write it, such as `30s`; returns ms. */
export function parseDuration(text: string): number {
  const parsed = parse(`sleep ${text}`, {leaders: []});
  if (!parsed.ok) throw new InvalidArgumentError(`${parsed.failure.message}.`);
  if (parsed.value.type !== 'sleep' || parsed.value.ms === 0)
    throw new InvalidArgumentError('expected a duration, such as 30s or 5m.');
  return parsed.value.ms;
}
