/**
 * One thread that runs the user's module. A call blocks until its answer comes, up to a limit, because the
 * core is synchronous. The thread can be ended at any time, even in an endless loop.
 */

import {MessageChannel, type MessagePort, receiveMessageOnPort, Worker} from 'node:worker_threads';
import {errorText} from '../base/failure.ts';
import {
  type CustomCall,
  type CustomLoaded,
  type CustomThreadData,
  HAS_ENDED,
  MESSAGES,
  SIGNAL_LENGTH,
} from './custom-protocol.ts';

const MEMORY_LIMIT_MB = 256;
const STARVED_LIMIT_FACTOR = 4;

export class CustomThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  /** The first number rises by one with every message of the thread, and at its end. */
  readonly #signal = new Int32Array(new SharedArrayBuffer(SIGNAL_LENGTH * Int32Array.BYTES_PER_ELEMENT));
  #taken = 0;

  constructor(url: string, program: string) {
    const {port1, port2} = new MessageChannel();
    this.#port = port1;
    const workerData: CustomThreadData = {url, port: port2, signal: this.#signal};
    this.#worker = new Worker(program, {
      workerData,
      transferList: [port2],
      // The output of the module must not mix with what the leader prints for the lab, and the module must
      // not see the secrets of the leader.
      stdout: true,
      stderr: true,
      env: {},
      execArgv: [],
      resourceLimits: {maxOldGenerationSizeMb: MEMORY_LIMIT_MB},
    });
    this.#worker.on('error', () => {});
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.unref();
  }

  /** Whether the module itself ended the thread, as `process.exit` does. */
  get hasEnded(): boolean {
    return Atomics.load(this.#signal, HAS_ENDED) === 1;
  }

  /** Returns the first message, without blocking; undefined if none came in time. */
  async first(limitMs: number): Promise<unknown> {
    const ended = await new Promise<CustomLoaded | undefined>(resolve => {
      const timer = setTimeout(() => resolve(undefined), limitMs);
      const wake = (reason?: string): void => {
        clearTimeout(timer);
        resolve(reason === undefined ? undefined : {type: 'unusable', reason});
      };
      this.#worker.once('message', () => wake());
      this.#worker.once('error', error => wake(`its thread failed: ${errorText(error)}`));
      this.#worker.once('exit', () => wake('its thread ended while it was loaded'));
    });
    return this.next(0) ?? ended;
  }

  /** Blocks until the next message comes. Returns undefined if none came in time. */
  next(limitMs: number): unknown {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const count = Atomics.load(this.#signal, MESSAGES);
      if (count > this.#taken) {
        this.#taken += 1;
        return receiveMessageOnPort(this.#port)?.message;
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return undefined;
      Atomics.wait(this.#signal, MESSAGES, count, leftMs);
    }
  }

  /**
   * Returns undefined if no answer came. On a busy machine the thread may not have had the processor; then it
   * gets more time, up to a limit.
   */
  ask(call: CustomCall, limitMs: number): unknown {
    const before = process.cpuUsage();
    const beforeMs = performance.now();
    this.#port.postMessage(call);
    for (;;) {
      const answer = this.next(limitMs);
      if (
        answer !== undefined ||
        this.hasEnded ||
        performance.now() - beforeMs > STARVED_LIMIT_FACTOR * limitMs
      )
        return answer;
      const {user, system} = process.cpuUsage(before);
      if ((user + system) / 1000 > limitMs / 2) return undefined;
    }
  }

  end(): void {
    this.#port.close();
    void this.#worker.terminate();
  }
}
