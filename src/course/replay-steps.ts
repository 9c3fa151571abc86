/**
 * What was done in a lab: as the commands to repeat before a step starts again, and as a command file.
 */
import {assertNever} from '../base/assert.ts';
import {showPath} from '../command/grammar/quote.ts';
import {type ParsedCommand, showAction} from '../command/index.ts';
import {showTopology} from '../command/topology.ts';
import {type ResolverSpec, showResolver} from '../core/resolvers/spec.ts';
import type {EngineName} from '../port/engine-name.ts';
import {allHold, type GuideState, type RanCommand, type StepRecord} from './guide-state.ts';
import type {LabCheck, Part, Step} from './lab-types.ts';

export type Again =
  /** A command of the lab, or what a person typed. */
  | {readonly type: 'command'; readonly command: string | ParsedCommand}
  /** Checks to wait for, because the earlier commands lead to them. */
  | {readonly type: 'checks'; readonly checks: readonly LabCheck[]};

/**
 * Everything before the present step: the commands of the lab, and for a task the user's own commands, or
 * its solution if the person ran none.
 */
export const againBefore = ({lab, records}: GuideState): readonly Again[] =>
  records.slice(0, -1).flatMap((record, i) => stepAgain(lab.steps[i], record));

const stepAgain = (step: Step | undefined, record: StepRecord): readonly Again[] =>
  (step?.parts ?? []).flatMap((part, at) =>
    partAgain(
      part,
      record.ranCommands.filter(ran => ran.part === at),
    ),
  );

function partAgain(part: Part, own: readonly RanCommand[]): readonly Again[] {
  const commands = (all: readonly (string | ParsedCommand)[]): Again[] =>
    all.map(command => ({type: 'command', command}));
  switch (part.type) {
    case 'prose':
    case 'predict':
      return [];
    case 'commands':
      return commands(part.commands);
    case 'checks':
      return [{type: 'checks', checks: part.checks}];
    case 'task':
      return [
        ...commands(own.length > 0 ? own.map(({text}) => text) : part.solution),
        {type: 'checks', checks: part.checks},
      ];
    default:
      return assertNever(part);
  }
}

export interface Kept {
  readonly file: string;
  /** The absolute path of a file that a command names, because the command file can be elsewhere. */
  readonly absolute: (file: string) => string;
  /** The engine that it ran on. */
  readonly engine: EngineName;
}

/** The command file of everything done so far: `leaderlab run` repeats it. */
export function commandFileOf({lab, records}: GuideState, {file, absolute, engine}: Kept): string {
  const {title, leaders, topology, resolver, links} = lab.about;
  const on = lab.about.engines.includes('native') ? '' : ` --engine ${engine}`;
  const apart = links.type === 'slow' ? ` --slow ${links.factor}` : links.type === 'lan' ? ' --lan' : '';
  const settings = [
    ...(topology.name === 'mesh' ? [] : [`topology ${showTopology(topology)}`]),
    ...(resolver.name === 'lww' ? [] : [`resolver ${showSpec(resolver)}`]),
  ];
  return [
    `# ${title}`,
    `# leaderlab run${on} --leaders ${leaders.join(',')}${apart} ${file}`,
    ...settings,
    ...records.flatMap((record, i) => stepLines(lab.steps[i], record, absolute)),
    '',
  ].join('\n');
}

const showSpec = (resolver: ResolverSpec): string =>
  resolver.name === 'custom' ? `custom ${showPath(resolver.file)}` : showResolver(resolver);

function stepLines(
  step: Step | undefined,
  {ranCommands, ticks}: StepRecord,
  absolute: Kept['absolute'],
): readonly string[] {
  if (step === undefined) return [];
  const commandLines = (ran: RanCommand): readonly string[] => linesOf(ran, absolute);
  const lines = step.parts.flatMap((part, at): readonly string[] => [
    ...ranCommands.filter(ran => ran.part === at).flatMap(commandLines),
    ...(part.type === 'checks' && allHold(ticks[at]) ? part.checks.map(({text}) => `expect ${text}`) : []),
    // The time until the checks of a task hold depends on the person, so the file has them as comments.
    ...(part.type === 'task'
      ? part.checks.map(({text}) => `# ${allHold(ticks[at]) ? 'reached' : 'not reached'}: ${text}`)
      : []),
  ]);
  const late = ranCommands.filter(ran => ran.part >= step.parts.length).flatMap(commandLines);
  return ['', `# ${step.title}`, ...lines, ...late];
}

/** A command that failed is expected to fail again. */
function linesOf({text, action, status}: RanCommand, absolute: Kept['absolute']): readonly string[] {
  const isRelative = action.type === 'resolver' && action.resolver.name === 'custom';
  const found = isRelative
    ? showAction({...action, resolver: {name: 'custom', file: absolute(action.resolver.file)}})
    : text;
  return status === 'fail' ? [found, 'expect outcome fail'] : [found];
}
