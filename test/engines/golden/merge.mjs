/** The module of the golden file for `custom`: numbers by maximum, lists by union, everything else by the higher text. */
export function resolve(siblings) {
  const values = siblings.filter(sibling => !sibling.deleted).map(({value}) => value);
  if (values.length === 0) return null;
  if (values.every(value => typeof value === 'number')) return Math.max(...values);
  if (values.every(Array.isArray)) return [...new Set(values.flat())].sort();
  return values.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)).at(-1);
}
