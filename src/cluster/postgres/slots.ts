/**
 * Replication slots: what a sender keeps for a receiver. One that nobody reads any more would keep its log for ever.
 */
import type {Sql} from './sql.ts';

const TRIES = 50;
const PAUSE_MS = 20;

/** At the sender. Whoever still reads it is ended first. */
export async function dropSlot(name: string, sender: Sql): Promise<void> {
  for (let n = 0; n < TRIES; n++) {
    const [slot] = await sender.query('select active_pid from pg_replication_slots where slot_name = $1', [name]);
    if (slot === undefined) return;
    if (slot.active_pid === null) {
      await sender.query('select pg_drop_replication_slot($1)', [name]);
      return;
    }
    await sender.query('select pg_terminate_backend($1)', [slot.active_pid]);
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`the replication slot ${name} is still in use`);
}
