/**
 * What is wrong with the arguments of `leaderlab`, with a command line that is right.
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
