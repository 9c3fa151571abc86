/**
 * The front matter of a lab: YAML between two lines of `---`. Every error has its line and says what to
 * write.
 */
import {type Document, isMap, LineCounter, parseDocument} from 'yaml';
import * as z from 'zod';
import {isLeaderId, type LeaderId, leaderId} from '../base/ids.ts';
import type {Action} from '../command/action.ts';
import {LEADER_LIMIT, REGIONS} from '../command/grammar/leader-names.ts';
import {didYouMean} from '../command/grammar/suggest.ts';
import {parse} from '../command/index.ts';
import {ENGINE_NAMES} from '../port/engine-name.ts';
import {enginesOf, isListOfEngines, LISTED_ENGINES} from './lab-engines.ts';
import {isFrontMatterTooLong} from './lab-limits.ts';
import type {About, LabError, Links} from './lab-types.ts';

export interface FrontMatter {
  readonly about: About | undefined;
  /** The line that names the resolver; the first line if none does. */
  readonly resolverLine: number;
  readonly errors: readonly LabError[];
  /** The text after it, and the number of lines before that text. */
  readonly body: string;
  readonly linesBefore: number;
}

const FENCE = /^---[ \t]*\r?\n([\s\S]*?)^---[ \t]*(?:\r?\n|$)/m;

const WANTED: {readonly [field: string]: string} = {
  title: 'title: The last write wins',
  teaches: 'teaches: last write wins, lost writes',
  minutes: 'minutes: 5',
  leaders: 'leaders: us, eu, ap',
  topology: 'topology: mesh',
  resolver: 'resolver: lww',
  engine: 'engine: native',
  engines: 'engines: native, sim, pglogical',
  links: 'links: lan',
};
/** The values that a field can have, where an example does not show them. */
const MAY_BE: {readonly [field: string]: string} = {
  title: 'a line of at most 80 characters',
  minutes: 'a whole number from 1 to 60',
  leaders: `a number from 1 to ${LEADER_LIMIT}, or names`,
  engine: `${LISTED_ENGINES}, if the lab needs it`,
  engines: `one or more of ${LISTED_ENGINES}, separated by commas (default: native and sim)`,
  links: 'wan, lan, or slow and a number from 0.1 to 100, such as slow 10',
};
const REQUIRED = ['title', 'teaches', 'minutes'];

export function readFrontMatter(source: string): FrontMatter {
  const found = source.startsWith('---') ? FENCE.exec(source) : null;
  if (found === null || found.index !== 0) {
    const hint = `begin the file with ---, then ${REQUIRED.map(field => WANTED[field]).join(', ')}, then ---`;
    const errors = [{line: 1, message: 'a lab begins with its front matter', hint}];
    return {about: undefined, resolverLine: 1, errors, body: source, linesBefore: 0};
  }
  const [whole, yaml = ''] = found;
  const {about, resolverLine = 1, errors} = readYaml(yaml);
  return {
    about,
    resolverLine,
    errors,
    body: source.slice(whole.length),
    linesBefore: whole.split('\n').length - 1,
  };
}

/** The option `--slow` of the program has the same limits. */
function isLinks(given: string): boolean {
  const factor = Number(/^slow (\d+(?:\.\d+)?)$/.exec(given)?.[1]);
  return given === 'wan' || given === 'lan' || (factor >= 0.1 && factor <= 100);
}

const text = z.string().trim().min(1);
const schema = z.strictObject({
  title: text.max(80),
  teaches: z.union([text, z.array(text).min(1)]),
  minutes: z.number().int().min(1).max(60),
  leaders: z.union([z.number().int().min(1).max(LEADER_LIMIT), text, z.array(text).min(1)]).default(3),
  topology: text.default('mesh'),
  resolver: text.default('lww'),
  engine: z.enum(ENGINE_NAMES).optional(),
  engines: z
    .union([z.string(), z.array(z.string())])
    .transform(String)
    .refine(isListOfEngines)
    .optional(),
  links: z.string().refine(isLinks).default('wan'),
});

/** Further errors mostly follow from these. */
const ERRORS_SHOWN = 5;

function readYaml(yaml: string): Pick<FrontMatter, 'about' | 'errors'> & {readonly resolverLine?: number} {
  const tooLong = isFrontMatterTooLong(yaml);
  if (tooLong !== undefined) return {about: undefined, errors: [tooLong]};
  const lines = new LineCounter();
  const document = parseDocument(yaml, {lineCounter: lines, prettyErrors: false});
  // The fence is the first line.
  const lineAt = (offset: number): number => lines.linePos(offset).line + 1;
  if (document.errors.length > 0) {
    return {
      about: undefined,
      errors: document.errors
        .slice(0, ERRORS_SHOWN)
        .map(({message, pos}) => ({line: lineAt(pos[0]), message})),
    };
  }
  const lineOf = (field: string): number => {
    const pair = isMap(document.contents)
      ? document.contents.items.find(({key}) => String(key) === field)
      : undefined;
    const range = pair?.key as {range?: readonly number[]} | undefined;
    return range?.range?.[0] === undefined ? 1 : lineAt(range.range[0]);
  };
  const data = dataOf(document);
  if (data instanceof Error)
    return {
      about: undefined,
      errors: [
        {line: 1, message: `an alias cannot be followed: ${data.message}`, hint: 'write the value itself'},
      ],
    };
  const has = (field: string): boolean => typeof data === 'object' && data !== null && field in data;
  const read = schema.safeParse(data);
  if (!read.success)
    return {about: undefined, errors: read.error.issues.flatMap(issue => inWords(issue, has, lineOf))};
  return {...settle(read.data, lineOf), resolverLine: lineOf('resolver')};
}

/**
 * The data of the document; an error if an alias names nothing, or if aliases expand to more than memory can
 * hold.
 */
function dataOf(document: Document.Parsed): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) return error;
    throw error;
  }
}

function inWords(
  issue: z.core.$ZodIssue,
  has: (field: string) => boolean,
  lineOf: (field: string) => number,
): LabError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({
      line: lineOf(key),
      message: `a lab's front matter has no ${JSON.stringify(key)}${didYouMean(key, Object.keys(WANTED))}`,
      hint: `it can have ${Object.keys(WANTED).join(', ')}`,
    }));
  }
  const field = String(issue.path[0] ?? '');
  const hint = `write, for example, ${WANTED[field]}`;
  if (field === '')
    return [
      {
        line: 1,
        message: 'the front matter is not a list of fields',
        hint: `write, for example, ${WANTED.title}`,
      },
    ];
  if (!has(field)) return [{line: lineOf(field), message: `the front matter lacks ${field}`, hint}];
  const may = MAY_BE[field];
  return [
    {
      line: lineOf(field),
      message: `${field} is invalid${may === undefined ? '' : `: ${may}`}`,
      hint,
    },
  ];
}

type Read = z.output<typeof schema>;

/** The fields that the command language checks. */
function settle(read: Read, lineOf: (field: string) => number) {
  const errors: LabError[] = [];
  const leaders = leadersOf(read.leaders);
  if (typeof leaders === 'string')
    return {
      about: undefined,
      errors: [{line: lineOf('leaders'), message: leaders, hint: 'leaders: us, eu, ap'}],
    };
  const setting = <Type extends 'topology' | 'resolver'>(
    type: Type,
  ): Extract<Action, {type: Type}> | undefined => {
    const parsed = parse(`${type} ${read[type]}`, {leaders});
    if (parsed.ok && parsed.value.type === type) return parsed.value as Extract<Action, {type: Type}>;
    const failure = parsed.ok ? undefined : parsed.failure;
    const hint = failure?.hint;
    errors.push({
      line: lineOf(type),
      message: `${type}: ${failure?.message ?? 'invalid value'}`,
      ...(hint === undefined ? {} : {hint}),
    });
    return undefined;
  };
  const [topology, resolver] = [setting('topology'), setting('resolver')];
  if (topology === undefined || resolver === undefined) return {about: undefined, errors};
  if (read.engine !== undefined && read.engines !== undefined) {
    const [message, hint] = ['engine names one engine, engines several', 'keep one of the two fields'];
    return {about: undefined, errors: [{line: lineOf('engines'), message, hint}]};
  }
  const {title, minutes} = read;
  const teaches = (typeof read.teaches === 'string' ? read.teaches.split(',') : read.teaches).map(word =>
    word.trim(),
  );
  const about: About = {
    title,
    teaches,
    minutes,
    leaders,
    topology: topology.topology,
    resolver: resolver.resolver,
    engines: enginesOf(read.engine ?? read.engines),
    links: linksOf(read.links),
  };
  return {about, errors};
}

/** The leaders, or an error message. */
function leadersOf(given: Read['leaders']): readonly LeaderId[] | string {
  if (typeof given === 'number')
    return Array.from({length: given}, (_, i) => REGIONS[i] ?? leaderId(`l${i + 1}`));
  const names = (typeof given === 'string' ? given.split(/[\s,]+/) : given).filter(name => name !== '');
  const wrong = names.find(name => !isLeaderId(name) || name === 'all');
  if (wrong !== undefined) return `${JSON.stringify(wrong)} is not a name for a leader`;
  if (names.length === 0 || names.length > LEADER_LIMIT) return `a lab has from 1 to ${LEADER_LIMIT} leaders`;
  if (new Set(names).size < names.length) return 'a leader is named twice';
  return names as LeaderId[];
}

function linksOf(given: string): Links {
  if (given === 'wan' || given === 'lan') return {type: given};
  return {type: 'slow', factor: Number(given.split(' ')[1])};
}
