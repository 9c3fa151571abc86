/**
 * Splits what a PostgreSQL server writes to stderr into records. Pure: the caller brings the text, and says
 * when nothing followed for a while.
 *
 * The text is hostile: it contains keys, values, statements and application names as clients wrote them.
 * Three things make it unambiguous all the same. The server puts a tab before every further line of a
 * message, so only the first line can begin with the prefix. Everything in the prefix but the application
 * comes from the server, and comes before it. And the application is padded to a width that no name reaches,
 * so a name cannot imitate the end of the prefix.
 */

/**
 * An application name has at most 63 bytes; a byte that is not printable ASCII becomes up to four characters.
 */
const APPLICATION_WIDTH = 256;

/** Time, process, SQLSTATE, transaction, kind of process, application. */
export const LOG_LINE_PREFIX = `<%n|%p|%e|%x|%b|%-${APPLICATION_WIDTH}a>`;

/**
 * The settings that a server needs so that its log can be read here. The prefix comes first, because
 * complaints about later settings are logged with it. `warning` includes LOG; `log` would hide ERROR.
 */
export const LOG_SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['log_line_prefix', LOG_LINE_PREFIX],
  ['log_destination', 'stderr'],
  ['logging_collector', 'off'],
  ['log_min_messages', 'warning'],
  ['log_error_verbosity', 'default'],
  ['lc_messages', 'C'],
];

/** The most UTF-16 units of one line; a longer line is cut. */
export const LINE_LIMIT = 64 * 1024;

/** The most UTF-16 units of one record; further lines are left out. */
export const RECORD_LIMIT = 256 * 1024;

/** The most records that may be open at a time, each of another process; beyond that, the oldest ends. */
export const OPEN_LIMIT = 256;

const SEVERITIES = ['DEBUG', 'LOG', 'INFO', 'NOTICE', 'WARNING', 'ERROR', 'FATAL', 'PANIC'] as const;
const SECTIONS = ['DETAIL', 'HINT', 'QUERY', 'CONTEXT', 'LOCATION', 'BACKTRACE', 'STATEMENT'] as const;

/** `OTHER`: text that is not a message of the known form, such as what a library prints. */
export type Severity = (typeof SEVERITIES)[number] | 'OTHER';

/** The sections that may follow a message. */
export type Section = Lowercase<(typeof SECTIONS)[number]>;

/** The prefix of a line. */
export interface LogSource {
  /** By the server's clock. */
  readonly atMs: number;
  readonly pid: number;
  /** Five characters; `00000` if there is no error. */
  readonly sqlState: string;
  /** The transaction of the process; 0 while it has no number. */
  readonly xid: number;
  /** What kind of process: `client backend`, `postmaster`, `pglogical apply 5:3199820911`, … */
  readonly backend: string;
  /** The name that the client gave itself: never trust it. */
  readonly application: string;
}

export interface LogRecord extends Readonly<Partial<Record<Section, string>>> {
  /** Undefined if the lines came without the prefix. */
  readonly source: LogSource | undefined;
  readonly severity: Severity;
  /** Like all texts here, without the tabs that the server puts before further lines. */
  readonly message: string;
  /** The lines as they came, without the prefix. */
  readonly lines: readonly string[];
  /** True if something was left out because it was too long. */
  readonly cut: boolean;
}

/** A record that is not complete yet. */
interface Draft {
  readonly source: LogSource | undefined;
  readonly severity: Severity;
  readonly lines: string[];
  readonly texts: {readonly name: 'message' | Section; readonly lines: string[]}[];
  length: number;
  cut: boolean;
}

/**
 * Takes the chunks of one server's stderr, cut anywhere. A record ends when the next one of its process
 * begins, because long records of different processes may be interleaved; or at `flush`, when nothing
 * followed.
 */
export class ServerLog {
  /** The beginning of an incomplete line, up to the limit. */
  #line = '';
  /** True if that line is longer than the limit. */
  #lineCut = false;
  /** The open record of each process, in the order in which they began. */
  readonly #open = new Map<number | undefined, Draft>();
  /** The record of the previous line, if it is open: a line with a tab belongs to it. */
  #last: Draft | undefined;

  /** Returns the records that this chunk ends. */
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
   * Ends all open records, because nothing followed for a moment. Only the record before an incomplete line
   * stays open, because that line may belong to it.
   */
  flush(): readonly LogRecord[] {
    const goesOn = this.#line === '' ? undefined : this.#last;
    return [...this.#open.values()].filter(draft => draft !== goesOn).map(draft => this.#end(draft));
  }

  /** Ends everything, because nothing follows any more. */
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

  /** Adds the line to the record that it belongs to. */
  #draftFor(line: string, ended: LogRecord[]): Draft {
    if (this.#last !== undefined && line.startsWith('\t')) return goOn(this.#last, line, line.slice(1));
    const {source, text} = sourceOf(line);
    const {tag, content} = tagOf(text);
    const open = this.#open.get(source?.pid);
    if (open !== undefined && isSection(tag)) return addSection(open, sectionOf(tag), text, content);
    // Text of several lines from something that does not use the form, such as a library.
    if (open !== undefined && source === undefined && tag === undefined && open === this.#last)
      return goOn(open, text, text);
    if (open !== undefined) ended.push(this.#end(open));
    return this.#begin(
      source,
      isSeverity(tag) ? tag : 'OTHER',
      text,
      isSeverity(tag) ? content : text,
      ended,
    );
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

/** Two spaces follow the colon: no other line of a server has that form. */
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

function tagOf(text: string): {readonly tag: Tag | undefined; readonly content: string} {
  const [, word, content = ''] = TAG.exec(text) ?? [];
  return {tag: [...SEVERITIES, ...SECTIONS].find(tag => tag === word), content};
}

const isSection = (tag: Tag | undefined): tag is (typeof SECTIONS)[number] =>
  SECTIONS.some(section => section === tag);
const isSeverity = (tag: Tag | undefined): tag is (typeof SEVERITIES)[number] =>
  SEVERITIES.some(severity => severity === tag);
const sectionOf = (tag: (typeof SECTIONS)[number]): Section => tag.toLowerCase() as Section;

/**
 * Returns whether the record has room for the line. After the first line that was left out, all further lines
 * are left out, too: otherwise the record would join texts that were apart.
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

/** The last line that names an error, without the prefix; otherwise the last line. */
export function lastLine(text: unknown): string | undefined {
  const lines = String(text ?? '')
    .trim()
    .split('\n');
  const line = lines.findLast(one => /\b(FATAL|PANIC|ERROR)\b/.test(one)) ?? lines.at(-1) ?? '';
  return line.replace(/^.*?(?=(FATAL|PANIC|ERROR|LOG):)/, '') || undefined;
}
