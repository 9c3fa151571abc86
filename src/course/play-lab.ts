/**
 * Plays a lab from its beginning to its end without a person: its commands and checks, whether each
 * prediction has one right answer, and each task by its own solution.
 */
import type {Action} from '../command/action.ts';
import type {ParsedCommand} from '../command/index.ts';
import type {ScriptCommand} from '../command/script.ts';
import {type Counted, counted} from '../session/expected.ts';
import type {Entry} from '../session/session-result.ts';
import {checkBehind, settledBehind} from './lab-parts.ts';
import type {Lab, LabCheck, Part, Prediction, Step} from './lab-types.ts';
import {isSound, type Judge, type Settled, settle} from './settle-predictions.ts';

export interface Player {
  run(command: ParsedCommand): Promise<Entry>;
  readonly judge: Judge;
  readonly isOver: () => boolean;
  /** Called after each command and check. */
  report(entry: Entry, line: number, counted: Counted): void;
  begin(step: Step): void;
  settled(settled: Settled): void;
}

export interface Tally {
  /** Checks that held, and predictions with one right answer. */
  readonly passed: number;
  /**
   * Checks that did not hold, predictions without one right answer, and commands that failed unexpectedly.
   */
  readonly failed: number;
}

/** Plays the lab until its end, or until the player is over. Commands run one after the other. */
export async function playLab(lab: Lab, player: Player): Promise<Tally> {
  const play = new Play(player);
  for (const step of lab.steps) {
    if (player.isOver()) break;
    await play.step(step);
  }
  return play.tally;
}

class Play {
  readonly #player: Player;
  #passed = 0;
  #failed = 0;

  constructor(player: Player) {
    this.#player = player;
  }

  get tally(): Tally {
    return {passed: this.#passed, failed: this.#failed};
  }

  async step(step: Step): Promise<void> {
    this.#player.begin(step);
    for (const [i, part] of step.parts.entries()) {
      if (this.#player.isOver()) return;
      await this.#part(part, checkBehind(step, i));
      for (const prediction of settledBehind(step, i)) await this.#settle(prediction);
    }
  }

  /** `behind` is the next check after the commands of the part. */
  async #part(part: Part, behind: Action | undefined): Promise<void> {
    switch (part.type) {
      case 'prose':
      case 'predict':
        return;
      case 'commands':
        return this.#commands(part.commands, behind);
      case 'checks':
        return this.#checks(part.checks);
      case 'task':
        await this.#commands(part.solution, behind);
        return this.#checks(part.checks);
    }
  }

  async #commands(commands: readonly ScriptCommand[], behind: Action | undefined): Promise<void> {
    for (const [i, command] of commands.entries()) {
      if (this.#player.isOver()) return;
      const entry = await this.#player.run(command);
      this.#report(entry, command.line, counted(entry, command.action, commands[i + 1]?.action ?? behind));
    }
  }

  async #checks(checks: readonly LabCheck[]): Promise<void> {
    for (const {line, command} of checks) {
      if (this.#player.isOver()) return;
      const entry = await this.#player.run(command);
      this.#report(entry, line, counted(entry, command.action, undefined));
    }
  }

  #report(entry: Entry, line: number, as: Counted): void {
    this.#player.report(entry, line, as);
    if (as === 'passed') this.#passed += 1;
    if (as === 'failed') this.#failed += 1;
  }

  async #settle(prediction: Prediction): Promise<void> {
    const settled = await settle(prediction, this.#player.judge);
    this.#player.settled(settled);
    if (isSound(settled)) this.#passed += 1;
    else this.#failed += 1;
  }
}
