/**
 * Runs the screen until the person leaves, a signal comes, or the cluster fails to start.
 */
import type {Failure, Result} from '../base/failure.ts';
import type {TuiOptions} from '../tui/main.tsx';
import {charset} from './charset.ts';
import type {Ending} from './ending.ts';

interface ScreenLifetime {
  readonly ending: Ending;
  readonly runTui: (options: TuiOptions) => Promise<void>;
  readonly options: Omit<TuiOptions, 'isAscii' | 'over' | 'end'>;
  /** Resolves when every leader is up, or with the reason why one is not. */
  readonly ready: Promise<Result<unknown>>;
  readonly onReady?: () => void;
  /** Called once, after the screen. */
  readonly close: () => Promise<void>;
}

/** Returns the reason why the cluster did not start, if that ended the screen. */
export async function untilScreenEnds(screen: ScreenLifetime): Promise<Failure | undefined> {
  const {ending, runTui, options, ready, onReady, close} = screen;
  let failure: Failure | undefined;
  const over = new Promise<void>(resolve => {
    void ready.then(result => {
      if (result.ok) return onReady?.();
      if (!ending.signal.aborted) failure = result.failure;
      return resolve();
    });
    void ending.begun.then(resolve);
  });
  try {
    if (!ending.signal.aborted)
      await runTui({...options, isAscii: !charset().isUnicode, over, end: ending.begin});
  } finally {
    ending.begin('quit');
    options.session.interrupt();
    await close();
  }
  return failure;
}
