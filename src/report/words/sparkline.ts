/**
 * A row of numbers as a row of bars, as high as each is against the highest.
 */

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** A point stands where there is no number. */
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
