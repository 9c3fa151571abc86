/**
 * A process of its own that takes the lab's databases away from servers that are not the lab's, whatever way
 * the lab ends: it is told on its standard input where they are, passwords too, and sets to work when that
 * input ends.
 */
import {createInterface} from 'node:readline';
import * as z from 'zod';
import {sweep} from './drop-database.ts';

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

// A terminal's ctrl-c is for the lab.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
const {value: first} = await lines.next();
const {servers} = orderSchema.parse(JSON.parse(String(first)));
while (!(await lines.next()).done);
const failures = await sweep(
  servers.map(({maintenance, database}) => ({
    database,
    maintenance: {...maintenance, password: maintenance.password},
  })),
);
for (const failure of failures) process.stdout.write(`${failure}\n`);
