/**
 * The second merge of lab 15: between two numbers, the middle. Fair, commutative, and wrong.
 */
export const merge = (mine, theirs) => ((mine ?? 0) + (theirs ?? 0)) / 2;
