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
  /** Of its file, without the ending. */
  readonly name: string;
  readonly about: About;
  /** Where the front matter names the resolver; its beginning where it names none. */
  readonly resolverLine: number;
  /** Before the first step. */
  readonly intro: Prose;
  readonly steps: readonly Step[];
}

/** True for the names of the files of bundled labs, such as `02-last-write-wins.md`. */
export const isLabFile = (file: string): boolean => /^\d\d-.*\.md$/.test(file);

/** `2` of `02-last-write-wins`; nothing where the name begins with no number. */
export const numberOf = (name: string): string | undefined => /^0*(\d+)-/.exec(name)?.[1];

/** How to open the lab behind another, and its title. */
export interface NextLab {
  readonly command: string;
  readonly title: string;
}

/** The front matter. */
export interface About {
  readonly title: string;
  /** The field's own words for what it is about. */
  readonly teaches: readonly string[];
  readonly minutes: number;
  readonly leaders: readonly LeaderId[];
  readonly topology: TopologySpec;
  readonly resolver: ResolverSpec;
  /**
   * On which its commands and checks hold; the first is preferred where the person names none, unless native
   * is among them.
   */
  readonly engines: readonly EngineName[];
  readonly links: Links;
}

export type Links = {readonly type: 'wan' | 'lan'} | {readonly type: 'slow'; readonly factor: number};

/** A heading of the second level and what stands below it. */
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
  /** As it stands there, without `expect`. */
  readonly text: string;
  readonly check: Check;
  /** The same as a command: `expect` and the text. */
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
  /** It is right if all hold; `otherwise`, if no other choice is. */
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
  /** Shown as it stands. */
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
