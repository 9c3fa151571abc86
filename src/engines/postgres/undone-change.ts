/**
 * The words for a change that failed at a server: whether it was undone, so that people know where they
 * stand. Of a server's error only the first line is kept. Pure.
 */
import type {Failure} from '../../base/failure.ts';

/** The change was undone, so its outcome is known. `what`: what is as before, with its verb (`links are`). */
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
