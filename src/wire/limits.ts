/**
 * How much one message may hold of something: far more than any cluster here has, and few enough that nobody
 * can fill memory with it.
 */

/** Origins in one vector. */
export const ORIGIN_LIMIT = 256;
/** Writes in one transaction, and additions that one removal can have seen. */
export const WRITE_LIMIT = 1024;
/** Characters in the name of a field. */
export const FIELD_LIMIT = 1024;
