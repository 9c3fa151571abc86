/**
 * Starts Ink on the screen. Loaded only once the environment is set, since React reads it while it loads.
 */
import process from 'node:process';
import {render} from 'ink';
import type {Screen} from '../screen.ts';
import type {Store} from '../store.ts';
import {App} from './app.tsx';
import {colourWishes, painter} from './theme.ts';

export interface Mounted {
  /** Draws the store's frame now, and all of it. */
  redraw(): void;
  unmount(): void;
}

export function mount({
  store,
  screen,
  stdin,
}: {
  readonly store: Store;
  readonly screen: Screen;
  readonly stdin: NodeJS.ReadStream;
}): Mounted {
  const app = <App store={store} paint={painter(colourWishes(process.env))} />;
  const stdout = screen as unknown as NodeJS.WriteStream;
  const instance = render(app, {
    stdout,
    stdin,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
    onRender: ({renderTime}) => store.composed(renderTime),
  });
  return {redraw: () => instance.rerender(app), unmount: () => instance.unmount()};
}
