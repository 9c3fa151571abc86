/**
 * `history.jsonl` in the data folder: every event, one per line. Beyond 64 MiB the file becomes
 * `history.1.jsonl`, the next `history.2.jsonl`, and so on. If the disk refuses a write, the history is no
 * longer written, the lab reports that once, and continues.
 */
import {existsSync, renameSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {errorText} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {HistoryEvent} from '../../history/history-event.ts';
import {appendOwnFile, lacksLineEnd} from '../../store/own-file.ts';
import type {News} from '../../wire/leader-control.ts';

/** The names of the current file and of earlier ones. */
export const HISTORY_NAMES = /^history(\.\d+)?\.jsonl$/;

const ROTATE_BYTES = 64 * 1024 * 1024;
const FLUSH_MS = 200;

/** Appends events to `history.jsonl`, in batches. */
export class HistoryFile {
  readonly #folder: string;
  readonly #failed: (reason: string) => void;
  readonly #rotateBytes: number;
  #lines: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #broken = false;
  /** Whether this lab has written to the file. An existing file may end in half a line. */
  #hasWritten = false;

  constructor(folder: string, failed: (reason: string) => void, rotateBytes = ROTATE_BYTES) {
    this.#folder = folder;
    this.#failed = failed;
    this.#rotateBytes = rotateBytes;
  }

  add(event: HistoryEvent): void {
    if (this.#broken) return;
    this.#lines.push(JSON.stringify(event));
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  /** Adds the events in a leader's news. `atMs`: when the lab received them. */
  news(leader: LeaderId, news: News, atMs: number): void {
    for (const {dot, atMs: appliedAtMs, hops} of news.applied)
      this.add({type: 'applied', atMs: appliedAtMs, leader, dot, hops});
    for (const report of news.conflicts) this.add({...report, leader, atMs});
    for (const text of news.notices) this.add({type: 'notice', atMs, leader, text});
    for (const losses of news.losses) this.add({type: 'losses', atMs, leader, ...losses});
    for (const reused of news.reusedDots) this.add({type: 'dot-reused', atMs, leader, ...reused});
    for (const [from, to] of news.acknowledged) this.add({type: 'acknowledged', atMs, leader, from, to});
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0 || this.#broken) return;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    try {
      this.#rotate();
      appendOwnFile(this.#path(), !this.#hasWritten && lacksLineEnd(this.#path()) ? `\n${text}` : text);
      this.#hasWritten = true;
    } catch (error) {
      this.#broken = true;
      this.#failed(errorText(error));
    }
  }

  #rotate(): void {
    const path = this.#path();
    if (!existsSync(path) || statSync(path).size < this.#rotateBytes) return;
    let n = 1;
    while (existsSync(this.#path(n))) n += 1;
    renameSync(path, this.#path(n));
  }

  #path(n?: number): string {
    return join(this.#folder, n === undefined ? 'history.jsonl' : `history.${n}.jsonl`);
  }
}
