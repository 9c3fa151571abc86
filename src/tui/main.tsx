/**
 * The screen: draws a cluster and runs what the person types, until they leave.
 *
 * `model/` decides what is seen and what keys do, pure; `view/` paints it with Ink; `store.ts` holds the state; `screen.ts` writes
 * frames; `terminal.ts` takes the terminal and gives it back.
 */
import process from 'node:process';
import type {Cluster} from '../cluster/port.ts';
import type {Session} from '../lab/result.ts';
import {Screen} from './screen.ts';
import {type ShownGuide, Store} from './store.ts';
import {takeTerminal} from './terminal.ts';

export interface TuiOptions {
  readonly cluster: Cluster;
  readonly session: Session;
  /** Whether the data outlives the lab: it then never asks before it quits. */
  readonly keepsData: boolean;
  /** Where a guided lab is open. */
  readonly guide?: ShownGuide;
  /** Resolves when there is nothing to show any more: the cluster could not start. May never do so. */
  readonly over: Promise<void>;
}

/** Resolves when the person quits, or when a signal or a crash ends the lab; the terminal is as it was by then. Closes nothing. */
export async function runTui({cluster, session, keepsData, guide, over}: TuiOptions): Promise<void> {
  // React and Ink read this when they load; a development build costs twice the time per frame.
  process.env.NODE_ENV ??= 'production';
  const {mount} = await import('./view/mount.tsx');
  const {stdin, stdout} = process;
  let quit: () => void = () => undefined;
  const ended = new Promise<void>(resolve => {
    quit = resolve;
  });
  const size = () => ({columns: stdout.columns, rows: stdout.rows});
  const terminal = takeTerminal(stdout, () => quit());
  const screen = new Screen(stdout);
  const store = new Store({cluster, session, keepsData, ...(guide === undefined ? {} : {guide}), size: size(), onQuit: () => quit()});
  const mounted = mount({store, screen, stdin});
  const onResize = (): void => {
    screen.wipe();
    store.resize(size());
    mounted.redraw();
  };
  stdout.on('resize', onResize);
  try {
    await Promise.race([ended, over]);
  } finally {
    stdout.off('resize', onResize);
    screen.close();
    store.stop();
    mounted.unmount();
    terminal.giveBack();
  }
}
