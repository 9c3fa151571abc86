/**
 * A merge of shopping lists that converges: the lists are joined as sets, and a set has no order that anybody brought along.
 *
 * Commutative: the sort takes away who is `mine` and who is `theirs`. Associative: whatever was joined first, in the end it is every item
 * of all of them, sorted. Idempotent: an item that is there is not added again, and joining equal lists changes nothing.
 */
export function merge(mine, theirs) {
  const items = new Map([...asList(mine), ...asList(theirs)].map(item => [nameOf(item), item]));
  return [...items.keys()].sort().map(name => items.get(name));
}

const asList = value => (value === undefined ? [] : [value].flat());

/** Equal items have equal names, in whatever order their fields stand. */
const nameOf = item =>
  JSON.stringify(item, (_, value) =>
    isDocument(value) ? Object.fromEntries(Object.entries(value).sort()) : value,
  );

const isDocument = value => typeof value === 'object' && value !== null && !Array.isArray(value);
