/**
 * Changes of links and resolvers on the postgres engine.
 */
import {findServer} from '../../../../src/engines/postgres/server/binaries.ts';
import {testRewiring} from '../../../support/postgres-rewiring.ts';

testRewiring('postgres', (await findServer('postgres')).ok);
