/**
 * The files that the folder of a leader's log may hold. Code that creates a file there exports its name, and
 * this file lists it.
 */
import {LOCK_NAMES} from './folder-lock.ts';
import {DATA_FILE, LOCK_FILE} from './lmdb-file.ts';
import {SPARE_FILE, TRIAL_FILE} from './reserve.ts';

const NAMES: readonly string[] = [DATA_FILE, LOCK_FILE, SPARE_FILE, TRIAL_FILE, ...LOCK_NAMES];

/**
 * True if this program makes a file of that name in the folder of a leader's log. The name is without folder.
 */
export const isStoreFile = (name: string): boolean => NAMES.includes(name);
