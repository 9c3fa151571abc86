/**
 * Planted faults: each is one small change of the core, as a tired person might make it. What finds none of them is no safety net.
 */
import type {PlainResolverName} from '../../src/core/resolvers/index.ts';

export interface Mutant {
  readonly name: string;
  /** Below src/core. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly original: string;
  readonly mutated: string;
  /** Under which the search is made. */
  readonly resolver: PlainResolverName;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'acknowledges a write before it is on disk',
    file: 'replica.ts',
    original: 'leader === self ? covers(this.#log.persistedVv, dot)',
    mutated: 'leader === self ? covers(this.#log.vv, dot)',
    resolver: 'hlc',
  },
  {
    name: 'sends an operation on before it is on disk',
    file: 'progress.ts',
    original: 'const end = log.persistedCount;',
    mutated: 'const end = log.arrivals.length;',
    resolver: 'hlc',
  },
  {
    name: 'answers a read before what it shows is on disk',
    file: 'held.ts',
    original: 'if (count === this.#log.persistedCount) this.#release(effect);',
    mutated: 'if (readKey !== undefined || count === this.#log.persistedCount) this.#release(effect);',
    resolver: 'hlc',
  },
  {
    name: 'applies an operation twice',
    file: 'inbox.ts',
    original: "if (seq < next) return 'redundant';",
    mutated: "if (seq < next - 1) return 'redundant';",
    resolver: 'hlc',
  },
  {
    name: 'delivers at once although delivery is causal',
    file: 'inbox.ts',
    original: "return this.#delivery === 'fifo' || dominates(this.#log.vv, op.after);",
    mutated: 'return true;',
    resolver: 'hlc',
  },
  {
    name: 'believes a neighbour that greets to have what it had before',
    file: 'progress.ts',
    original: 'this.acked = have;\n',
    mutated:
      'this.acked = merge(this.acked, have);\n    this.acked = {...this.acked, [this.peer]: 0};\n    this.acked = merge(this.acked, {[this.#self]: this.#lastBatch});\n',
    resolver: 'hlc',
  },
  {
    name: 'asks no more after a silence',
    file: 'neighbours.ts',
    original: 'else progress.noticeSilence();',
    mutated: "else progress.state = 'probe';",
    resolver: 'hlc',
  },
  {
    name: 'lets the hybrid clock go back with the wall clock',
    file: 'hlc.ts',
    original: 'nowMs > own.wallMs ? {wallMs: nowMs, logical: 0}',
    mutated: 'nowMs !== own.wallMs ? {wallMs: nowMs, logical: 0}',
    resolver: 'hlc',
  },
  {
    name: 'does not take over the hybrid clock of what it receives',
    file: 'hlc.ts',
    original: 'const ahead = compareHlc(own, remote) >= 0 ? own : remote;',
    mutated: 'const ahead = own;',
    resolver: 'hlc',
  },
  {
    name: 'forgets the hybrid clock at a restart',
    file: 'replica.ts',
    original: 'if (compareHlc(op.hlc, this.#hlc) > 0) this.#hlc = op.hlc;',
    mutated: '',
    resolver: 'hlc',
  },
  {
    name: 'drops what a forwarded operation had seen',
    file: 'neighbours.ts',
    original: "this.#send(progress, {type: 'ops', ...batch});",
    mutated:
      "this.#send(progress, {type: 'ops', ...batch, ops: batch.ops.map(op => (progress.link.startsWith(op.dot.origin + '>') ? op : {...op, after: {}}))});",
    resolver: 'hlc',
  },
  {
    name: 'settles a tie by what arrived last',
    file: 'resolvers/lww.ts',
    original: 'compareDots(a.dot, b.dot) > 0);',
    mutated: 'true);',
    resolver: 'lww',
  },
  {
    name: 'forgets what writes off the frontier had seen',
    file: 'frontier.ts',
    original: 'return {context: merge(frontier.context, write.after), members};',
    mutated: 'return {context: frontier.context, members};',
    resolver: 'siblings',
  },
  {
    name: 'keeps siblings in the order of arrival',
    file: 'frontier.ts',
    original: 'return place < 0 ?',
    mutated: 'return place !== -2 ?',
    resolver: 'siblings',
  },
  {
    name: 'drops a sibling that had been seen in part',
    file: 'frontier.ts',
    original: 'frontier.members.filter(({dot}) => !covers(write.after, dot))',
    mutated: 'frontier.members.filter(({dot}) => !covers(write.after, dot) && dot.seq > 1)',
    resolver: 'siblings',
  },
  {
    name: 'forgets the tombstone of an element',
    file: 'resolvers/crdt.ts',
    original: 'one.removed = merge(one.removed, after);',
    mutated: '',
    resolver: 'crdt',
  },
  {
    name: 'lets a removal take what it had not seen',
    file: 'resolvers/crdt.ts',
    original: 'one.live = one.live.filter(({dot}) => !covers(after, dot));',
    mutated: 'one.live = [];',
    resolver: 'crdt',
  },
  {
    name: 'remembers the last reset of a key alone',
    file: 'resolvers/crdt.ts',
    original: 'state.reset = merge(state.reset, after);',
    mutated: 'state.reset = after;',
    resolver: 'crdt',
  },
  {
    name: 'counts an increment that a reset had seen',
    file: 'resolvers/crdt.ts',
    original: 'if (live) state.counter.add(write.dot, change.by);',
    mutated: 'state.counter.add(write.dot, change.by);',
    resolver: 'crdt',
  },
  {
    name: 'forgets that a document was deleted',
    file: 'resolvers/document.ts',
    original: 'if (covers(this.#reset, write.dot)) return;',
    mutated: '',
    resolver: 'fields',
  },
  {
    name: 'takes a decrement for an increment',
    file: 'accept.ts',
    original: 'Number.isFinite(effect) ? succeed({...base, ...intent, effect})',
    mutated: 'Number.isFinite(effect) ? succeed({...base, ...intent, by: Math.abs(intent.by), effect})',
    resolver: 'crdt',
  },
  {
    name: 'takes a late write that was discarded unseen for replaced',
    file: 'losses.ts',
    original: 'if (!wasSeen && !after.members.includes(write)) this.#goes(write);',
    mutated: '',
    resolver: 'lww',
  },
  {
    name: 'takes all that was replaced for seen where some of it was',
    file: 'losses.ts',
    original: '!saw.some(dot => sameDot(dot, member.dot))) this.#goes(member);',
    mutated: 'saw.length === 0) this.#goes(member);',
    resolver: 'hlc',
  },
  {
    name: 'looks at nothing again that waits behind another',
    file: 'losses.ts',
    original: '...this.#waiting.values()]) {',
    mutated: ']) {',
    resolver: 'fields',
  },
  {
    name: 'says that a writer had seen what no reader was shown',
    file: 'fold.ts',
    original: 'frontier.members.filter(write => this.#shows(resolved, frontier, write)).map(({dot}) => dot);',
    mutated: 'frontier.members.map(({dot}) => dot);',
    resolver: 'hlc',
  },
  {
    name: 'forgets that a writer had seen what shows off the frontier',
    file: 'fold.ts',
    original: 'for (const {dot} of losses?.visible() ?? []) {',
    mutated: 'for (const {dot} of []) {',
    resolver: 'crdt',
  },
  {
    name: 'lets the last write win instead of the first',
    file: 'resolvers/fww.ts',
    original: '(a.wallMs - b.wallMs || compareDots(a.dot, b.dot)) < 0',
    mutated: '(b.wallMs - a.wallMs || compareDots(a.dot, b.dot)) < 0',
    resolver: 'fww',
  },
];
