/**
 * A guided lab, as its Markdown file has it: what it is about, and steps of prose, commands, checks,
 * predictions and tasks. Plain data.
 */
import type {LeaderId} from '../base/ids.ts';
import type {Check} from '../command/action.ts';
import type {ParsedCommand} from '../command/index.ts';
import type {ScriptCommand} from '../command/script.ts';
import type {TopologySpec} from '../command/topology.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {EngineName} from '../port/engine-name.ts';

export interface Lab {
  /** The name of its file, without `.md`. */
  readonly name: string;
  readonly about: About;
  /** The line that names the resolver; the first line of the front matter if none does. */
  readonly resolverLine: number;
  /** Before the first step. */
  readonly intro: Prose;
  readonly steps: readonly Step[];
}

/** True for the names of the files of bundled labs, such as `02-last-write-wins.md`. */
export const isLabFile = (file: string): boolean => /^\d\d-.*\.md$/.test(file);

/** `2` for `02-last-write-wins`; undefined if the name does not begin with a number. */
export const numberOf = (name: string): string | undefined => /^0*(\d+)-/.exec(name)?.[1];

/** The command that opens the following lab, and the title of that lab. */
export interface NextLab {
  readonly command: string;
  readonly title: string;
}

/** A lab in the list of labs. */
export interface ListedLab {
  readonly name: string;
  /** Undefined if the file has errors. */
  readonly about: About | undefined;
}

/** The best result of a finished lab: the number of right predictions, of all. */
export interface Done {
  readonly right: number;
  readonly of: number;
}

/** The results of a person, by the name of the lab. */
export type Progress = {readonly [lab: string]: Done};

/** The front matter. */
export interface About {
  readonly title: string;
  /** The standard terms for its subjects. */
  readonly teaches: readonly string[];
  readonly minutes: number;
  readonly leaders: readonly LeaderId[];
  readonly topology: TopologySpec;
  readonly resolver: ResolverSpec;
  /**
   * The engines that its commands and checks are for. If the person names none, it runs on native if that is
   * among them, and otherwise on the first.
   */
  readonly engines: readonly EngineName[];
  readonly links: Links;
}

export type Links = {readonly type: 'wan' | 'lan'} | {readonly type: 'slow'; readonly factor: number};

/** A heading of the second level and the text below it. */
export interface Step {
  readonly title: string;
  /** From 1. */
  readonly line: number;
  readonly parts: readonly Part[];
}

export type Part =
  | {readonly type: 'prose'; readonly prose: Prose}
  | {readonly type: 'commands'; readonly line: number; readonly commands: readonly ScriptCommand[]}
  | {readonly type: 'checks'; readonly line: number; readonly checks: readonly LabCheck[]}
  | Prediction
  | Task;

export interface LabCheck {
  readonly line: number;
  /** The text in the file, without `expect`. */
  readonly text: string;
  readonly check: Check;
  /** The check as a command: `expect` and the text. */
  readonly command: ParsedCommand;
}

/**
 * A question. The cluster decides which choice is right, after the next commands of its step, or at once if
 * none follow.
 */
export interface Prediction {
  readonly type: 'predict';
  readonly line: number;
  readonly question: string;
  readonly choices: readonly Choice[];
}

export interface Choice {
  readonly line: number;
  readonly text: string;
  /** The choice is right if all these checks hold. `otherwise`: it is right if no other choice is. */
  readonly holds: readonly LabCheck[] | 'otherwise';
}

/**
 * A goal that a person reaches with their own commands. `solution` reaches it where no person plays the lab.
 */
export interface Task {
  readonly type: 'task';
  readonly line: number;
  readonly goal: string;
  readonly checks: readonly LabCheck[];
  readonly hints: readonly string[];
  readonly solution: readonly ScriptCommand[];
}

/** Text for people, as far as a terminal can show what Markdown says. */
export type Prose = readonly Block[];

export type Block =
  | {readonly type: 'paragraph'; readonly spans: readonly Span[]}
  | {readonly type: 'item'; readonly bullet: string; readonly spans: readonly Span[]}
  | {readonly type: 'quote'; readonly spans: readonly Span[]}
  /** Shown unchanged. */
  | {readonly type: 'code'; readonly lines: readonly string[]}
  | {readonly type: 'heading'; readonly spans: readonly Span[]};

export interface Span {
  readonly text: string;
  readonly style: 'plain' | 'strong' | 'em' | 'code';
}

/** An error in a lab's file, and what to write instead. */
export interface LabError {
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly hint?: string;
}
