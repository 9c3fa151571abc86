/**
 * The root component. It draws nothing and only reads the keys. Frames do not go through Ink: `paint.ts` says
 * why.
 *
 * It takes the input from Ink's parser, not from `useInput`. `useInput` throws for modified function keys
 * that it does not know, drops an escape that arrives together with the next key, and shows mouse and focus
 * reports as typed text.
 */
import {useStdin} from 'ink';
import {useEffect} from 'react';
import {keyPresses} from './model/input/keypress.ts';
import type {Store} from './store.ts';

export function App({store}: {readonly store: Store}): null {
  const {internal_eventEmitter: input, setRawMode} = useStdin();
  useEffect(() => {
    const onInput = (text: string) => store.press(keyPresses(text));
    setRawMode(true);
    input.on('input', onInput);
    return () => {
      input.off('input', onInput);
      setRawMode(false);
    };
  }, [input, setRawMode, store]);
  return null;
}
