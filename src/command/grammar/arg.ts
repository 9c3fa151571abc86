/**
 * What a row of the command table is made of: a form is a name and the arguments that follow it, and knows
 * how to read itself and what it makes of what it read.
 */
import type {Reader} from './reader.ts';

export interface Arg<T> {
  /** As it stands in a usage line, such as `KEY` or `[@LEADERS]`. */
  readonly usage: string;
  /** Says what could stand here, before it is read. */
  offer?(reader: Reader): void;
  read(reader: Reader): T;
}

export interface Form<T> {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly usage: string;
  /** What it does, in a few words, without a full stop. */
  readonly summary: string;
  /** What else there is to know: sentences, one for each line. */
  readonly detail: readonly string[];
  /** At least one; each is a whole command that parses where the leaders are us, eu and ap. */
  readonly examples: readonly string[];
  /** Reads the arguments; the name has been read. */
  read(reader: Reader): T;
  /** What a person would type for it. Reading that text gives the same again. */
  show(made: T): string;
}

type Values<Args extends readonly Arg<unknown>[]> = {
  readonly [index in keyof Args]: Args[index] extends Arg<infer T> ? T : never;
};

export interface FormSpec<T, Args extends readonly Arg<unknown>[]> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly detail?: readonly string[];
  readonly examples: readonly [string, ...string[]];
  readonly args: Args;
  make(...values: Values<Args>): T;
  show(made: T): string;
}

/**
 * Makes a form from its specification: a usage line, and a `read` that reads the arguments in order and
 * passes them to `make`. `prefix` stands before the name in the usage line only; it ends with a space, as
 * that of `expect` does, or is empty.
 */
export function form<T, const Args extends readonly Arg<unknown>[]>(
  prefix: string,
  spec: FormSpec<T, Args>,
): Form<T> {
  const usage = [`${prefix}${spec.name}`, ...spec.args.map(arg => arg.usage)].join(' ');
  return {
    name: spec.name,
    aliases: spec.aliases ?? [],
    usage,
    summary: spec.summary,
    detail: spec.detail ?? [],
    examples: spec.examples,
    read(reader) {
      reader.usage = usage;
      return spec.make(...(spec.args.map(arg => readArg(arg, reader)) as unknown as Values<Args>));
    },
    show: spec.show,
  };
}

/**
 * Offers what could stand here to completion, then reads the argument. Throws a Refusal if the text does not
 * fit.
 */
export function readArg<T>(arg: Arg<T>, reader: Reader): T {
  arg.offer?.(reader);
  return arg.read(reader);
}

/** The argument, or `otherwise` where the command ends or `present` says that the next word is not it. */
export function optional<T, Otherwise>(
  arg: Arg<T>,
  otherwise: Otherwise,
  present: (reader: Reader) => boolean = () => true,
): Arg<T | Otherwise> {
  return {
    usage: `[${arg.usage}]`,
    offer: reader => arg.offer?.(reader),
    read: reader => (reader.atEnd || !present(reader) ? otherwise : arg.read(reader)),
  };
}
