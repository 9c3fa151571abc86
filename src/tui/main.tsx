/**
 * The screen: draws a cluster and runs what the person types, until they leave.
 *
 * `model/` decides what is shown and what keys do, without React; `paint.ts` and `colours.ts` turn frames
 * into text; `store.ts` holds the state; `screen.ts` writes frames; `terminal.ts` takes the terminal and
 * gives it back.
 */
import process from 'node:process';
import type {Cluster} from '../port/cluster.ts';
import type {Session} from '../session/session-result.ts';
import {drawInAscii} from './model/text/legible.ts';
import {mount} from './mount.tsx';
import {Screen} from './screen.ts';
import {type ShownGuide, Store} from './store.ts';
import {TakenTerminal} from './terminal.ts';

export interface TuiOptions {
  readonly cluster: Cluster;
  readonly session: Session;
  /** True if the data outlives the lab; the screen then never asks before it quits. */
  readonly keepsData: boolean;
  /** The commands of other sessions, oldest first, and the function that stores those of this one. */
  readonly history?: {readonly commands: readonly string[]; remember(command: string): void};
  /** The terminal shows ASCII alone. */
  readonly isAscii: boolean;
  /** Present if a guided lab is open. */
  readonly guide?: ShownGuide;
  /**
   * Resolves when the screen must close: the cluster could not start, or the program must end. May never
   * resolve.
   */
  readonly over: Promise<void>;
  /** Requests the end of the program, because the terminal is gone or because of a bug. Resolves `over`. */
  end(cause: 'output' | 'crash'): void;
}

/** Resolves when the user quits, or when it is over, after the terminal was restored. Closes nothing else. */
export async function runTui({
  cluster,
  session,
  keepsData,
  history,
  isAscii,
  guide,
  over,
  end,
}: TuiOptions): Promise<void> {
  if (isAscii) drawInAscii();
  const {stdin, stdout} = process;
  let quit: () => void = () => undefined;
  const ended = new Promise<void>(resolve => {
    quit = resolve;
  });
  const size = () => ({columns: stdout.columns, rows: stdout.rows});
  const terminal = new TakenTerminal(stdin, stdout, {
    onLost: () => end('output'),
    onCrash: () => end('crash'),
    onSuspend: () => screen.hide(),
    onResume: () => redraw(),
  });
  const screen = new Screen(stdout);
  const store = new Store({
    cluster,
    session,
    keepsData,
    ...(guide === undefined ? {} : {guide}),
    ...(history === undefined ? {} : {history: history.commands, remember: history.remember}),
    size: size(),
    onQuit: () => quit(),
    onSuspend: terminal.suspend,
  });
  const mounted = mount({store, screen, stdin});
  function redraw(): void {
    screen.wipe();
    store.resize(size());
    mounted.redraw();
  }
  const goOn = (): void => screen.goOn();
  stdout.on('resize', redraw);
  stdout.on('drain', goOn);
  try {
    await Promise.race([ended, over]);
  } finally {
    stdout.off('resize', redraw);
    stdout.off('drain', goOn);
    screen.close();
    store.stop();
    mounted.unmount();
    terminal.giveBack();
  }
}
