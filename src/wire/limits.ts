/**
 * Limits for the content of one message: far more than any cluster here has, and few enough that no message
 * can fill the memory.
 */

/** Origins in one vector. */
export const ORIGIN_LIMIT = 256;
/** Writes in one transaction, and additions that one removal can have seen. */
export const WRITE_LIMIT = 1024;
/** Characters in the name of a field. */
export const FIELD_LIMIT = 1024;
