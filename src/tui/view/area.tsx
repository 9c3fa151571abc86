/**
 * One area of the screen: lines that are already measured and cut, painted. Drawn again only when its lines are others.
 *
 * The text goes to Ink through `Transform`, over a blank of the same size: Ink then measures only the blank. Measured directly, every
 * line ever shown would stay in Ink's cache of measurements for as long as the lab runs.
 */
import {Box, Text, Transform} from 'ink';
import {memo, useMemo} from 'react';
import type {Area} from '../model/frame.ts';
import type {Painter} from './theme.ts';

interface Props {
  readonly area: Area;
  readonly paint: Painter;
}

export const AreaView = memo(function AreaView({area, paint}: Props) {
  const {width, height} = area.rect;
  const painted = useMemo(() => area.lines.map(paint), [area.lines, paint]);
  const blank = useMemo(() => Array.from({length: height}, () => ' '.repeat(width)).join('\n'), [width, height]);
  return (
    <Box width={width} height={height} flexShrink={0}>
      <Transform transform={(_, row) => painted[row] ?? ''}>
        <Text>{blank}</Text>
      </Transform>
    </Box>
  );
});
