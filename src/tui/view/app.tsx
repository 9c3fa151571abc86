/**
 * The root component: the store's frame as rows of areas, and keys to the store. All that is shown is decided in the model.
 */
import {Box, useStdin} from 'ink';
import {useEffect, useSyncExternalStore} from 'react';
import type {Area, Frame} from '../model/frame.ts';
import {keyPresses} from '../model/keypress.ts';
import type {Store} from '../store.ts';
import {AreaView} from './area.tsx';
import type {Painter} from './theme.ts';

interface Props {
  readonly store: Store;
  readonly paint: Painter;
}

export function App({store, paint}: Props) {
  const frame = useSyncExternalStore(store.subscribe, store.frame);
  useKeys(store);
  return (
    <Box width={frame.width} height={frame.height} flexDirection="column" overflow="hidden">
      {rowsOf(frame).map(row => (
        <Box key={row.map(({id}) => id).join()} flexDirection="row" flexShrink={0}>
          {row.map(area => (
            <AreaView key={area.id} area={area} paint={paint} />
          ))}
        </Box>
      ))}
    </Box>
  );
}

/** Areas that begin on the same row of the screen stand side by side. */
function rowsOf({areas}: Frame): Area[][] {
  const rows = new Map<number, Area[]>();
  for (const area of areas) rows.set(area.rect.y, [...(rows.get(area.rect.y) ?? []), area]);
  return [...rows.values()];
}

/**
 * Input as Ink's parser cuts it, before Ink makes keys of it: `useInput` throws for modified function keys that it does not know, drops
 * an escape that arrives together with the next key, and shows mouse and focus reports as typed text.
 */
function useKeys(store: Store): void {
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
}
