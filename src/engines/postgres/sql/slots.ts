/**
 * Replication slots: the position up to which a receiver has read a sender's log. A slot that nobody reads
 * any more would make the server keep its log forever. A failure of the server is thrown.
 */
import {FailureError} from '../../../base/failure.ts';
import type {Sql} from './sql.ts';

const TRIES = 100;
const PAUSE_MS = 20;

/** Drops the slot at its sender, if it exists. */
export async function dropSlot(name: string, sender: Sql): Promise<void> {
  if (await freeSlot(name, sender)) await sender.query('select pg_drop_replication_slot($1)', [name]);
}

/** Runs at the sender: the next reader of the slot gets only what is written from now on. */
export async function advanceSlot(name: string, sender: Sql): Promise<void> {
  if (await freeSlot(name, sender))
    await sender.query('select pg_replication_slot_advance($1, pg_current_wal_lsn())', [name]);
}

/** Ends the process that still reads the slot for a stopped receiver. Returns whether the slot exists. */
export async function freeSlot(name: string, sender: Sql): Promise<boolean> {
  for (let n = 0; n < TRIES; n++) {
    const [slot] = await sender.query('select active_pid from pg_replication_slots where slot_name = $1', [
      name,
    ]);
    if (slot === undefined || slot.active_pid === null) return slot !== undefined;
    await sender.query('select pg_terminate_backend($1)', [slot.active_pid]);
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
  }
  throw new FailureError({code: 'slot-in-use', message: `the replication slot ${name} is still in use`});
}
