/**
 * Changes of links and resolvers on the pglogical engine.
 */
import {HAS_PGLOGICAL} from '../../../support/pglogical.ts';
import {testRewiring} from '../../../support/postgres-rewiring.ts';

testRewiring('pglogical', HAS_PGLOGICAL);
