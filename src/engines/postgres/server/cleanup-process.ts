/**
 * A separate process that drops the lab's databases at servers that the lab did not start, however the lab
 * ends. It reads their addresses and passwords from its standard input, and starts to work when that input
 * ends.
 */
import {createInterface} from 'node:readline';
import * as z from 'zod';
import {dropDatabases} from './drop-database.ts';

const addressSchema = z.object({
  host: z.string(),
  port: z.int(),
  database: z.string(),
  user: z.string(),
  password: z.string().optional(),
});
const orderSchema = z.object({
  servers: z.array(
    z.object({maintenance: addressSchema, database: z.string().regex(/^leaderlab_[0-9a-f]+$/)}),
  ),
});

// Ctrl-C in the terminal is meant for the lab.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
const {value: first} = await lines.next();
const {servers} = orderSchema.parse(JSON.parse(String(first)));
while (!(await lines.next()).done);
const failures = await dropDatabases(
  servers.map(({maintenance, database}) => ({
    database,
    maintenance: {...maintenance, password: maintenance.password},
  })),
);
for (const failure of failures) process.stdout.write(`${failure}\n`);
