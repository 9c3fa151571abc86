/**
 * Shows the store's frames on the screen, and starts Ink for the keys.
 */
import {EventEmitter} from 'node:events';
import process from 'node:process';
import type {ReadStream} from 'node:tty';
import {render} from 'ink';
import {App} from './app.tsx';
import {colourWishes, painter} from './colours.ts';
import {Input} from './input.ts';
import {composer} from './paint.ts';
import type {Screen} from './screen.ts';
import type {Store} from './store.ts';

export interface Mounted {
  /** Draws the store's whole frame now. */
  redraw(): void;
  unmount(): void;
}

/** The terminal that Ink gets. It discards all output. */
class Nowhere extends EventEmitter {
  readonly isTTY = false;
  readonly columns = 1;
  readonly rows = 1;
  write(): boolean {
    return true;
  }
}

export function mount({
  store,
  screen,
  stdin,
}: {
  readonly store: Store;
  readonly screen: Screen;
  readonly stdin: ReadStream;
}): Mounted {
  const compose = composer(painter(colourWishes(process.env)));
  const redraw = (): void => screen.show(compose(store.frame()));
  const unsubscribe = store.subscribe(redraw);
  const stdout = new Nowhere() as unknown as NodeJS.WriteStream;
  const input = new Input(stdin, pasted => store.paste(pasted)) as unknown as NodeJS.ReadStream;
  const instance = render(<App store={store} />, {
    stdout,
    stdin: input,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  redraw();
  return {
    redraw,
    unmount() {
      unsubscribe();
      instance.unmount();
    },
  };
}
