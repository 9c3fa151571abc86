/**
 * The second lab and every other.
 */
import {NAMES, testLabs} from './labs.ts';

testLabs(NAMES.filter((_, at) => at % 2 === 1));
