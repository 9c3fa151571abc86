/**
 * The merge of lab 15: two shopping lists that were written at once become one. Nothing is ever missing, and still it is wrong.
 *
 * `mine` is what this leader has, `theirs` what arrived. A deleted list is `undefined`.
 */
export function merge(mine, theirs) {
  return union(asList(mine), asList(theirs));
}

/** Mine first, then what is new in theirs. */
function union(mine, theirs) {
  const known = new Set(mine.map(item => JSON.stringify(item)));
  return [...mine, ...theirs.filter(item => !known.has(JSON.stringify(item)))];
}

const asList = value => (value === undefined ? [] : [value].flat());
