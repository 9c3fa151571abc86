/** The union of all concurrent carts: whatever anybody has put in is in. What somebody has taken out cannot be told from it. */
export function resolve(siblings) {
  const items = siblings.flatMap(cart => (cart.deleted ? [] : cart.value));
  return [...new Set(items)].sort();
}
