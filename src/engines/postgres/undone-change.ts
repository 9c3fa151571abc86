/**
 * Messages about a change that failed at a server. They say whether the change was undone, so that people
 * know the present state. They quote only the first line of a server's error. Pure.
 */
import type {Failure} from '../../base/failure.ts';

/** The change was undone, so its outcome is known. `what`: a subject with its verb, such as `links are`. */
export const notDone = (failure: Failure, what: string): Failure => ({
  code: 'not-done',
  message: `${firstLine(failure)}; the change was undone, and the ${what} as before`,
  ...(failure.hint === undefined ? {} : {hint: failure.hint}),
});

/** Undoing the change failed, too; the lab keeps trying. */
export const notUndone = (failure: Failure, undone: Failure): Failure => ({
  code: 'not-undone',
  message: `${firstLine(failure)}; undoing the change failed, too: ${firstLine(undone)}; the lab tries again`,
});

const firstLine = ({message}: Failure): string => message.split('\n', 1)[0] ?? '';
