/**
 * Whether pglogical is on this machine: it comes from Debian (postgresql-15-pglogical), and not with this
 * package.
 */
import {findServer} from '../../src/engines/postgres/server/binaries.ts';

export const HAS_PGLOGICAL = (await findServer('pglogical')).ok;
