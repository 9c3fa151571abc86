/**
 * What a PostgreSQL server writes to stderr, as records. Pure: the caller brings the text, and says when
 * nothing followed for a while.
 *
 * The text is hostile: keys, values, statements and the names of applications stand in it as clients wrote
 * them. Three things make it unambiguous all the same. The server puts a tab before every further line of a
 * message, so only a line of its own can begin with our prefix. Everything in the prefix but the application
 * is the server's, and stands before it. And the application is padded to a width that no name reaches, so it
 * cannot pretend to end early.
 */

/**
 * Name of the application: at most 63 bytes, each of which becomes up to four characters where it is not
 * printable ASCII.
 */
const APPLICATION_WIDTH = 256;

/** Time, process, SQLSTATE, transaction, kind of process, application. */
export const LOG_LINE_PREFIX = `<%n|%p|%e|%x|%b|%-${APPLICATION_WIDTH}a>`;

/**
 * What a server must be started with for its log to be read here. The prefix comes first: a server complains
 * of later settings in it already, but of earlier ones in its own. `warning` shows LOG too; `log` would hide
 * ERROR.
 */
export const LOG_SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['log_line_prefix', LOG_LINE_PREFIX],
  ['log_destination', 'stderr'],
  ['logging_collector', 'off'],
  ['log_min_messages', 'warning'],
  ['log_error_verbosity', 'default'],
  ['lc_messages', 'C'],
];

/** Of one line, in UTF-16 units: what is longer is cut. */
export const LINE_LIMIT = 64 * 1024;

/** Of one record, in UTF-16 units: further lines are left out. */
export const RECORD_LIMIT = 256 * 1024;

/** Recorder that may be open at a time, each of another process: beyond, the oldest ends. */
export const OPEN_LIMIT = 256;

const SEVERITIES = ['DEBUG', 'LOG', 'INFO', 'NOTICE', 'WARNING', 'ERROR', 'FATAL', 'PANIC'] as const;
const SECTIONS = ['DETAIL', 'HINT', 'QUERY', 'CONTEXT', 'LOCATION', 'BACKTRACE', 'STATEMENT'] as const;

/**
 * `OTHER`: not a message in the form that we know, such as what a server says that cannot start, or what a
 * library printed.
 */
export type Severity = (typeof SEVERITIES)[number] | 'OTHER';

/** What a message may bring besides itself. */
export type Section = Lowercase<(typeof SECTIONS)[number]>;

/** Who wrote a line. */
export interface LogSource {
  /** By the server's clock. */
  readonly atMs: number;
  readonly pid: number;
  /** Five characters; `00000` where nothing is wrong. */
  readonly sqlState: string;
  /** The transaction that the process was in; 0 while that has no number. */
  readonly xid: number;
  /** What kind of process: `client backend`, `postmaster`, `pglogical apply 5:3199820911`, … */
  readonly backend: string;
  /** As the client calls itself: never to be trusted. */
  readonly application: string;
}

export interface LogRecord extends Readonly<Partial<Record<Section, string>>> {
  /** Absent where the lines came without our prefix. */
  readonly source: LogSource | undefined;
  readonly severity: Severity;
  /** Without the tabs that the server puts before further lines, as all other texts here. */
  readonly message: string;
  /** As they came, without our prefix. */
  readonly lines: readonly string[];
  /** Whether something was left out, because it was too long. */
  readonly cut: boolean;
}

/** A record whose lines still come. */
interface Draft {
  readonly source: LogSource | undefined;
  readonly severity: Severity;
  readonly lines: string[];
  readonly texts: {readonly name: 'message' | Section; readonly lines: string[]}[];
  length: number;
  cut: boolean;
}

/**
 * Takes the chunks of one server's stderr. How they were cut makes no difference. A record ends when the next
 * one of its process begins, since records of different processes may be torn into each other where they are
 * long; or at `flush`, when nothing followed.
 */
export class ServerLog {
  /** The line that has begun, as far as it is kept. */
  #line = '';
  /** Whether more of that line came than is kept. */
  #lineCut = false;
  /** By process, in the order in which they began. */
  readonly #open = new Map<number | undefined, Draft>();
  /** That of the line before, if it is open: a line with a tab belongs to it. */
  #last: Draft | undefined;

  /** The records that this chunk ends. */
  push(chunk: string): readonly LogRecord[] {
    const ended: LogRecord[] = [];
    const parts = chunk.split('\n');
    const begun = parts.pop() ?? '';
    for (const part of parts) {
      this.#extend(part);
      this.#endLine(ended);
    }
    this.#extend(begun);
    return ended;
  }

  /**
   * Nothing followed for a moment: ends what is open. Only the record before an unfinished line stays, which
   * may go on with it.
   */
  flush(): readonly LogRecord[] {
    const goesOn = this.#line === '' ? undefined : this.#last;
    return [...this.#open.values()].filter(draft => draft !== goesOn).map(draft => this.#end(draft));
  }

  /** Nothing follows any more: ends everything. */
  end(): readonly LogRecord[] {
    const ended: LogRecord[] = [];
    if (this.#line !== '') this.#endLine(ended);
    return [...ended, ...this.flush()];
  }

  #extend(text: string): void {
    const room = LINE_LIMIT - this.#line.length;
    this.#line += text.slice(0, room);
    this.#lineCut ||= text.length > room;
  }

  #endLine(ended: LogRecord[]): void {
    const [line, cut] = [this.#line, this.#lineCut];
    this.#line = '';
    this.#lineCut = false;
    this.#last = this.#draftFor(line, ended);
    this.#last.cut ||= cut;
  }

  /** The record that the line belongs to, with the line. */
  #draftFor(line: string, ended: LogRecord[]): Draft {
    if (this.#last !== undefined && line.startsWith('\t')) return goOn(this.#last, line, line.slice(1));
    const {source, text} = sourceOf(line);
    const {tag, said} = tagOf(text);
    const open = this.#open.get(source?.pid);
    if (open !== undefined && isSection(tag)) return addSection(open, sectionOf(tag), text, said);
    // A text of several lines from something that does not know our form.
    if (open !== undefined && source === undefined && tag === undefined && open === this.#last)
      return goOn(open, text, text);
    if (open !== undefined) ended.push(this.#end(open));
    return this.#begin(source, isSeverity(tag) ? tag : 'OTHER', text, isSeverity(tag) ? said : text, ended);
  }

  #begin(
    source: LogSource | undefined,
    severity: Severity,
    line: string,
    message: string,
    ended: LogRecord[],
  ): Draft {
    const draft: Draft = {
      source,
      severity,
      lines: [line],
      texts: [{name: 'message', lines: [message]}],
      length: line.length,
      cut: false,
    };
    this.#open.set(source?.pid, draft);
    const [oldest] = this.#open.values();
    if (oldest !== undefined && this.#open.size > OPEN_LIMIT) ended.push(this.#end(oldest));
    return draft;
  }

  #end(draft: Draft): LogRecord {
    this.#open.delete(draft.source?.pid);
    if (this.#last === draft) this.#last = undefined;
    const {source, severity, lines, texts, cut} = draft;
    const sections = Object.fromEntries(texts.slice(1).map(({name, lines}) => [name, lines.join('\n')]));
    return {source, severity, message: texts[0]?.lines.join('\n') ?? '', ...sections, lines, cut};
  }
}

const SOURCE = new RegExp(
  String.raw`^<(\d+\.\d{3})\|(\d+)\|([0-9A-Z]{5})\|(\d+)\|([^|]*)\|([ -~]{${APPLICATION_WIDTH}})>(.*)$`,
  's',
);

/** Two spaces come after the colon: no other line of a server looks so. */
const TAG = /^([A-Z]+): {2}(.*)$/s;

function sourceOf(line: string): {readonly source: LogSource | undefined; readonly text: string} {
  const [, seconds, pid, sqlState = '', xid, backend = '', application = '', text = ''] =
    SOURCE.exec(line) ?? [];
  if (seconds === undefined) return {source: undefined, text: line};
  const atMs = Math.round(Number(seconds) * 1000);
  return {
    source: {atMs, pid: Number(pid), sqlState, xid: Number(xid), backend, application: application.trimEnd()},
    text,
  };
}

type Tag = (typeof SEVERITIES)[number] | (typeof SECTIONS)[number];

function tagOf(text: string): {readonly tag: Tag | undefined; readonly said: string} {
  const [, word, said = ''] = TAG.exec(text) ?? [];
  return {tag: [...SEVERITIES, ...SECTIONS].find(tag => tag === word), said};
}

const isSection = (tag: Tag | undefined): tag is (typeof SECTIONS)[number] =>
  SECTIONS.some(section => section === tag);
const isSeverity = (tag: Tag | undefined): tag is (typeof SEVERITIES)[number] =>
  SEVERITIES.some(severity => severity === tag);
const sectionOf = (tag: (typeof SECTIONS)[number]): Section => tag.toLowerCase() as Section;

/**
 * Whether there is room for the line. Once one was left out, so is all that follows, or texts would be joined
 * that were apart.
 */
function takes(draft: Draft, line: string): boolean {
  draft.length += line.length;
  const fits = draft.length <= RECORD_LIMIT;
  draft.cut ||= !fits;
  return fits;
}

function goOn(draft: Draft, line: string, text: string): Draft {
  if (!takes(draft, line)) return draft;
  draft.lines.push(line);
  draft.texts.at(-1)?.lines.push(text);
  return draft;
}

function addSection(draft: Draft, name: Section, line: string, text: string): Draft {
  if (!takes(draft, line)) return draft;
  draft.lines.push(line);
  draft.texts.push({name, lines: [text]});
  return draft;
}

/** Of what the server said; the words behind the prefix. */
export function lastLine(text: unknown): string | undefined {
  const lines = String(text ?? '')
    .trim()
    .split('\n');
  const line = lines.findLast(one => /\b(FATAL|PANIC|ERROR)\b/.test(one)) ?? lines.at(-1) ?? '';
  return line.replace(/^.*?(?=(FATAL|PANIC|ERROR|LOG):)/, '') || undefined;
}
