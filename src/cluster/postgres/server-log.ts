/** What the server puts before each line that it writes. */
export const PREFIX = '%n [%p] ';
