/**
 * An error in the arguments of `leaderlab`, with an example of a correct command line.
 */
export class Mistake extends Error {
  readonly command: string;
  readonly example: string;

  constructor(command: string, message: string, example: string) {
    super(message);
    this.command = command;
    this.example = example;
  }
}
