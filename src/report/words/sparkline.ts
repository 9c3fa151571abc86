/**
 * A row of numbers as a row of bars. The highest number has the highest bar.
 */

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** A missing number becomes a point. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const highest = Math.max(...values.map(value => value ?? 0));
  return values
    .map(value =>
      value === undefined
        ? '·'
        : highest <= 0
          ? BARS[0]
          : BARS[Math.round((Math.max(0, value) / highest) * (BARS.length - 1))],
    )
    .join('');
}
