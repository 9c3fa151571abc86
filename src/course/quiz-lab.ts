/**
 * `leaderlab quiz`: asks predictions of the labs, each on a cluster of its own in virtual time, with new
 * names. The cluster gives the right answer, and its history gives the reason.
 */
import stringWidth from 'string-width';
import type {Result} from '../base/failure.ts';
import {printable} from '../base/printable.ts';
import type {Prng} from '../base/prng.ts';
import {showTopology} from '../command/topology.ts';
import {showResolver} from '../core/resolvers/spec.ts';
import type {Cluster} from '../port/cluster.ts';
import {wrapped} from '../report/words/columns.ts';
import {GLYPHS} from '../report/words/glyphs.ts';
import {createSession, type Locate} from '../session/session.ts';
import type {Session} from '../session/session-result.ts';
import {conflictOf} from './explain-verdict.ts';
import {settledBehind} from './lab-parts.ts';
import type {About, Lab, Part, Prediction, Prose, Step} from './lab-types.ts';
import {withNewNames} from './randomize-names.ts';
import {readLab} from './read-lab.ts';
import {isSound, type Settled, settle} from './settle-predictions.ts';

export interface LabSource {
  readonly name: string;
  readonly folder: string;
  readonly source: string;
}

export interface QuizOptions {
  readonly labs: readonly LabSource[];
  readonly questions: number;
  readonly prng: Prng;
  readonly write: (line: string) => void;
  /** The width of the terminal, in columns. */
  readonly width: number;
  /** The next line that the person types; `undefined` at the end of the input. */
  readonly read: () => Promise<string | undefined>;
  /** Starts a cluster. The paths in `about` are absolute. */
  readonly startCluster: (about: About) => Promise<Result<Cluster>>;
  /** Finds the files that resolvers of a lab name, in its folder. */
  readonly locateIn: (folder: string) => Locate;
}

export interface Score {
  readonly right: number;
  readonly asked: number;
}

/** Asks the questions until all are answered or the person ends the input. It closes every cluster. */
export async function runQuiz(options: QuizOptions): Promise<Score> {
  const all = options.labs.flatMap(lab => questionsIn(lab));
  const drawn = options.prng.shuffle(all).slice(0, options.questions);
  let [right, asked] = [0, 0];
  for (const [i, question] of drawn.entries()) {
    options.write('');
    options.write(`question ${i + 1} of ${drawn.length}`);
    const answer = await askOne(question, options);
    if (answer === undefined) break;
    asked += 1;
    if (answer === 'right') right += 1;
  }
  options.write('');
  options.write(
    `${right} of ${asked} right${asked > 0 && right === asked ? ': nothing could surprise you' : ''}`,
  );
  return {right, asked};
}

interface Question {
  readonly from: LabSource;
  readonly lab: Lab;
  /** The place of the prediction among those of the lab. */
  readonly at: number;
}

/** The questions of a lab; none if the lab is not for virtual time, in which the quiz runs. */
function questionsIn(from: LabSource): Question[] {
  const read = readLab(from.name, from.source);
  if (!read.ok || !read.lab.about.engines.includes('sim')) return [];
  return predictionsIn(read.lab).map((_, at) => ({from, lab: read.lab, at}));
}

const predictionsIn = ({steps}: Lab): {readonly step: Step; readonly prediction: Prediction}[] =>
  steps.flatMap(step =>
    step.parts.flatMap(part => (part.type === 'predict' ? [{step, prediction: part}] : [])),
  );

async function askOne(
  {from, lab: plain, at}: Question,
  options: QuizOptions,
): Promise<'right' | 'wrong' | undefined> {
  const read = readLab(from.name, withNewNames(from.source, plain, options.prng));
  // If the lab cannot be read with new names, the old names are used.
  const lab = read.ok ? read.lab : plain;
  const found = predictionsIn(lab)[at];
  if (found === undefined) return undefined;
  const asked = {...found, order: inAnyOrder(found.prediction, options.prng)};
  const locate = options.locateIn(from.folder);
  const resolver = await locate(lab.about.resolver);
  const started = resolver.ok
    ? await options.startCluster({...lab.about, resolver: resolver.value})
    : resolver;
  if (!started.ok) {
    for (const line of wrapped(printable(started.failure.message), options.width)) options.write(line);
    return undefined;
  }
  try {
    const session = createSession(started.value, {locate, loadsInBackground: false});
    return await new Asking(lab, asked, session, started.value, options).ask();
  } finally {
    await started.value.close();
  }
}

/**
 * Shuffles the choices, because a person can learn their order in the lab. A choice with `otherwise` stays
 * last.
 */
function inAnyOrder({choices}: Prediction, prng: Prng): readonly number[] {
  const places = choices.map((_, i) => i);
  const isOtherwise = (i: number): boolean => choices[i]?.holds === 'otherwise';
  return [...prng.shuffle(places.filter(i => !isOtherwise(i))), ...places.filter(isOtherwise)];
}

interface Asked {
  readonly step: Step;
  readonly prediction: Prediction;
  /** The places of the choices, in the order in which they are offered. */
  readonly order: readonly number[];
}

class Asking {
  readonly #lab: Lab;
  readonly #order: readonly number[];
  readonly #step: Step;
  readonly #prediction: Prediction;
  readonly #session: Session;
  readonly #cluster: Cluster;
  readonly #options: QuizOptions;

  constructor(
    lab: Lab,
    {step, prediction, order}: Asked,
    session: Session,
    cluster: Cluster,
    options: QuizOptions,
  ) {
    this.#lab = lab;
    this.#step = step;
    this.#prediction = prediction;
    this.#order = order;
    this.#session = session;
    this.#cluster = cluster;
    this.#options = options;
  }

  async ask(): Promise<'right' | 'wrong' | undefined> {
    const {steps} = this.#lab;
    for (const step of steps.slice(0, steps.indexOf(this.#step))) await this.#carryOut(step.parts);
    const {parts} = this.#step;
    const at = parts.indexOf(this.#prediction);
    const settledAt = parts.findIndex((_, i) => settledBehind(this.#step, i).includes(this.#prediction));
    await this.#carryOut(parts.slice(0, at));
    this.#pose(parts.slice(0, at), parts.slice(at + 1, settledAt + 1));
    const chosen = await this.#choose();
    if (chosen === undefined) return undefined;
    await this.#carryOut(parts.slice(at + 1, settledAt + 1));
    const settled = await settle(this.#prediction, (check, limitMs) => this.#session.judge(check, limitMs));
    this.#explain(settled, chosen);
    return settled.right.includes(chosen) ? 'right' : 'wrong';
  }

  /** Runs the commands of the parts, and the solutions of their tasks, without output. */
  async #carryOut(parts: readonly Part[]): Promise<void> {
    for (const command of parts.flatMap(commandsIn)) await this.#session.run(command);
  }

  #pose(before: readonly Part[], next: readonly Part[]): void {
    const {write, width} = this.#options;
    const {about} = this.#lab;
    this.#write(
      '',
      `${about.leaders.join(', ')} · ${showTopology(about.topology)} · ${showResolver(about.resolver)}`,
    );
    const prose = before.flatMap(part => (part.type === 'prose' ? [part.prose] : []));
    for (const line of prose.flatMap(one => proseLines(one, width))) write(line);
    const commands = [...before, ...next].flatMap(commandsIn);
    if (commands.length > 0) write('');
    for (const {text} of commands) this.#write('  › ', text);
    write('');
    this.#write('', this.#prediction.question);
    for (const [i, place] of this.#order.entries())
      this.#write(`  ${i + 1}  `, this.#prediction.choices[place]?.text ?? '');
  }

  /** Wraps at words; later lines are indented like the text of the first. */
  #write(head: string, text: string): void {
    const lines = wrapped(printable(text), Math.max(LEAST_WIDTH, this.#options.width - stringWidth(head)));
    for (const [i, line] of lines.entries())
      this.#options.write((i === 0 ? head : ' '.repeat(stringWidth(head))) + line);
  }

  /** Asks until the answer is one of the choices. */
  async #choose(): Promise<number | undefined> {
    const {choices} = this.#prediction;
    for (;;) {
      const line = await this.#options.read();
      if (line === undefined || /^q(uit)?$/i.test(line.trim())) return undefined;
      const chosen = this.#order[Number(line.trim()) - 1];
      if (chosen !== undefined) return chosen;
      this.#options.write(`a number from 1 to ${choices.length}, or q`);
    }
  }

  #explain(settled: Settled, chosen: number): void {
    const {choices} = this.#prediction;
    const answer = settled.right.map(i => choices[i]?.text ?? '').join('; ');
    if (!isSound(settled))
      this.#write('', 'the cluster does not give exactly one answer, so this question does not count');
    this.#write(
      '',
      settled.right.includes(chosen) ? `${GLYPHS.done} right: ${answer}` : `${GLYPHS.failed} no: ${answer}`,
    );
    const seen = settled.seen[chosen];
    if (seen !== undefined)
      this.#write('  ', `seen: ${seen.seen}${seen.at === undefined ? '' : ` at ${seen.at}`}`);
    const conflict = conflictOf(this.#prediction, chosen, settled.right, this.#cluster.view().conflicts);
    if (conflict !== undefined) this.#write('  ', conflict.why);
  }
}

const commandsIn = (part: Part) =>
  part.type === 'commands' ? part.commands : part.type === 'task' ? part.solution : [];

const LEAST_WIDTH = 20;

/** The text as lines, without styles. */
function proseLines(prose: Prose, width: number): string[] {
  return prose.flatMap(block =>
    block.type === 'code'
      ? block.lines.map(line => `    ${printable(line)}`)
      : wrapped(printable(textOf(block)), width),
  );
}

const textOf = (block: Exclude<Prose[number], {type: 'code'}>): string => {
  const text = block.spans.map(span => span.text).join('');
  return block.type === 'item' ? `${block.bullet} ${text}` : text;
};
