/**
 * Synonyms of commands that look, check, set something or steer the session: the words of the shell, of
 * databases and of kubectl.
 */
import {RESOLVER_NAMES, type ResolverName} from '../../../core/resolvers/spec.ts';
import {TOPOLOGY_NAMES, type TopologyName} from '../../topology.ts';
import {
  accept,
  as,
  instead,
  insteadAs,
  isQuoted,
  leaderOf,
  lineOf,
  type Meaning,
  type Synonym,
  say,
  synonym,
  type Typed,
} from './row.ts';

const LINKS = say('the screen shows every link; use: topology, which shows who is linked with whom');

/** Commands that only show something; a person may type `show` before them. */
const SHOWING = new RegExp(
  [
    '^(?:state|diff|conflicts|lag|log|keys|compare|why|explain|',
    'topology|resolver|forward|loopguard|delivery|ack|help|get)$',
  ].join(''),
);

const TOPOLOGIES: {readonly [other: string]: TopologyName} = {
  full: 'mesh',
  'full-mesh': 'mesh',
  'fully-connected': 'mesh',
  'all-to-all': 'mesh',
  complete: 'mesh',
  line: 'chain',
  linear: 'chain',
  circle: 'ring',
  circular: 'ring',
  hub: 'star',
  'hub-and-spoke': 'star',
  'bidirectional-ring': 'two-way-ring',
};
const RESOLVERS: {readonly [other: string]: ResolverName} = {
  'last-write-wins': 'lww',
  'last-writer-wins': 'lww',
  lastwritewins: 'lww',
  timestamp: 'lww',
  'first-write-wins': 'fww',
  'first-writer-wins': 'fww',
  multivalue: 'siblings',
  'multi-value': 'siblings',
  mvr: 'siblings',
  'vector-clock': 'siblings',
  'version-vectors': 'siblings',
  crdts: 'crdt',
  cassandra: 'fields',
  couchdb: 'revision',
  riak: 'siblings',
  redis: 'crdt',
};

export const SESSION: readonly Synonym[] = [
  synonym(
    'status info nodes leaders cluster members peers replicas who whoami stats ps top',
    'Redis, kubectl, shell',
    ['status', 'nodes'],
    as('state'),
  ),
  synonym('show print display view', 'SQL', ['show conflicts', 'show tables', 'show title'], shown),
  synonym('conflict', '', ['conflict title'], as('conflicts')),
  synonym('use', 'SQL', ['use us'], typed =>
    leaderOf(typed.words[0] ?? typed.at, typed.context)
      ? accept('focus', ...typed.words, typed.at)
      : instead('focus LEADER'),
  ),
  synonym('cd connect-to switch goto', 'shell', ['cd us'], typed =>
    instead('focus', leaderOf(typed.words[0] ?? typed.at, typed.context) ?? 'LEADER'),
  ),
  synonym('state', '', ['state us'], ({words, at, context}) =>
    words
      .concat(at)
      .filter(Boolean)
      .every(word => leaderOf(word, context))
      ? accept('state')
      : undefined,
  ),
  synonym('describe desc inspect debug', 'SQL, kubectl', ['describe title'], ({words: [key = 'KEY'], at}) =>
    instead('why', key, at),
  ),
  synonym('explain', 'SQL', ['explain title'], ({words: [key], at}) =>
    key === undefined || /^[#-]?\d/.test(key)
      ? /^#\d+$/.test(key ?? '')
        ? accept('explain', key?.slice(1))
        : undefined
      : instead('why', key, at),
  ),
  synonym('logs tail oplog wal binlog', 'kubectl, MongoDB', ['logs us'], as('log')),
  synonym(
    'history',
    'shell',
    ['history'],
    ({
      context: {
        leaders: [first = 'LEADER'],
      },
    }) =>
      say(
        `use: log ${first}, for the operations at ${first}; ↑ in the prompt brings back earlier ` +
          'commands',
      ),
  ),
  synonym(
    'monitor subscribe watch follow',
    'Redis',
    ['monitor'],
    ({
      context: {
        leaders: [first = 'LEADER'],
      },
    }) => say(`the screen shows everything live; use: log ${first}, for the operations at ${first}`),
  ),
  synonym('clear cls', 'shell', ['clear'], () =>
    say('the timeline scrolls by itself; use: heal, to clear the faults of all links'),
  ),
  synonym('\\q quit() exit() q! wq x bye logout close end', 'psql, vim, shell', ['\\q'], as('quit')),
  synonym('h ? /help man usage \\? \\h --help -h commands', 'shell, psql', ['man cut', '?'], ({words}) =>
    accept('help', ...words),
  ),
  synonym('\\d \\dt \\l', 'psql', ['\\dt'], ({words, at}) => accept('keys', ...words, at)),
  synonym('\\c', 'psql', ['\\c us'], as('focus')),
  synonym('u z ctrl-z', 'vim', ['u'], as('undo')),
  synonym('assert check verify test', 'programming', ['assert get title = A'], insteadAs('expect')),
  synonym('converged diverged', '', ['converged'], insteadAs('expect')),
  synonym('expect', '', ['expect title = A'], ({words, at}) => {
    const [, key, value] = /^(\S+?)\s*={1,3}\s*(\S.*)$/s.exec(words.join(' ')) ?? [];
    return key === undefined ? undefined : instead('expect get', key, at, '=', value);
  }),
  synonym('diff', '', ['diff all'], ({words: [first, ...rest]}) =>
    /^(?:all|\*)$/.test(first ?? '') && rest.length === 0 ? accept('diff') : undefined,
  ),
  synonym('custom', '', ['custom ./m.mjs'], ({words, at}) =>
    instead(words[0]?.includes('.') ? 'resolver' : 'topology', 'custom', ...words, at),
  ),
  synonym('# // --', 'programming', ['// why'], () =>
    say('comments begin with # and belong in command files'),
  ),
  synonym(
    'wait',
    'Redis, shell',
    ['wait 5s', 'wait', 'wait until converged'],
    ({words: [first, ...rest]}) => {
      if (first === undefined) return accept('wait converged');
      if (/^(?:until|for)$/i.test(first) && rest.length > 0) return accept('wait', ...rest);
      return /^\d/.test(first) ? instead('sleep', first) : undefined;
    },
  ),
  synonym('sleep', 'shell', ['sleep 5'], ({words: [amount = '', ...rest]}) =>
    /^\d+(?:\.\d+)?$/.test(amount) && rest.length === 0 ? accept('sleep', `${amount}s`) : undefined,
  ),
  synonym('sync replicate replicaof slaveof flush', 'Redis, shell', ['sync'], () =>
    say('leaders replicate by themselves; use: wait converged'),
  ),
  synonym('bench benchmark stress workload wrk ycsb', 'Redis, YCSB', ['benchmark'], () =>
    instead('load 100/s for 10s'),
  ),
  synonym(
    'topology',
    '',
    ['topology full-mesh', 'topology = ring', 'topology circle'],
    renamed('topology', TOPOLOGIES),
  ),
  synonym('resolver', '', ['resolver last-write-wins', 'resolver = crdt'], renamed('resolver', RESOLVERS)),
  synonym(
    [...TOPOLOGY_NAMES.filter(name => name !== 'custom')].join(' '),
    '',
    ['ring', 'star eu'],
    ({name, words}) => instead('topology', name, ...words),
  ),
  synonym(
    [...RESOLVER_NAMES.filter(name => name !== 'custom')].join(' '),
    '',
    ['crdt', 'lww @eu'],
    ({name, words, at}) => instead('resolver', name, ...words, at),
  ),
  synonym(
    'resolve strategy policy consistency merge',
    'Cassandra',
    ['strategy crdt', 'merge ./m.mjs'],
    ({words, at}) =>
      words[0]?.includes('.') ? instead('resolver custom', ...words, at) : instead('resolver', ...words, at),
  ),
  synonym(
    'config',
    'Redis',
    ['config get resolver', 'config set ack quorum'],
    ({words: [, name = 'resolver', ...values]}) => instead(name, ...values),
  ),
  synonym('forward loopguard delivery ack', '', ['ack = all'], ({name, words: [sign, ...rest]}) =>
    /^[:=]$/.test(sign ?? '') ? accept(name, ...rest) : undefined,
  ),
  synonym('version ver', 'shell', ['version'], () => say('leaderlab -v prints the version')),
  synonym('ping', 'Redis, shell', ['ping us'], () => instead('state')),
  synonym('sudo redis-cli etcdctl cqlsh mongosh nodetool', 'shell', ['sudo kill us'], ({words}) =>
    words.length > 0 ? instead(...words) : instead('help'),
  ),
  synonym('kubectl', 'kubectl', ['kubectl get pods'], ({words: [verb, noun, ...rest]}) => {
    if (verb === undefined || /^(?:pods?|nodes?|po|no)$/.test(noun ?? ''))
      return verb === 'delete' ? instead('kill', rest[0] ?? 'LEADER') : instead('state');
    return instead(verb, noun, ...rest);
  }),
  synonym(
    'lab quiz fuzz doctor run',
    'leaderlab',
    ['lab 5', 'quiz', 'fuzz --resolver lww', 'doctor', 'run x.lab'],
    ({name, all}) => ofProgram(name, ...all),
  ),
  synonym('leaderlab', 'shell', ['leaderlab lab 5'], ({all}) => ofProgram(...all)),
  synonym('npm npx node start-lab', 'shell', ['npx leaderlab'], () =>
    say('that is a shell command, and this is the prompt of the lab; help lists the commands here'),
  ),
  synonym(
    'pwd mkdir touch mv cp grep vim vi nano less head ssh scp curl wget docker git psql mongo systemctl ' +
      'iptables tc bash sh echo date time uptime',
    'shell',
    ['grep title'],
    ({name}) => say(`${name} is a shell command; help lists the commands here`),
  ),
];

/** The program's own commands are for the shell. */
const ofProgram = (...words: readonly string[]): Meaning =>
  say(`quit, then: ${lineOf('leaderlab', ...words)}`);

/** `show conflicts`, `show tables`, `show title`. */
function shown({words, at, context}: Typed): Meaning {
  const [what = '', ...rest] = words;
  const name = what.toLowerCase();
  if (/^(?:tables|databases|collections|keys|all|data)$/.test(name)) return accept('keys', ...rest, at);
  if (what === '' || /^(?:nodes|leaders|pods|servers|status|cluster|members|replicas|peers)$/.test(name))
    return accept('state', ...rest, at);
  if (name === 'links') return LINKS;
  if (SHOWING.test(name)) return accept(name, ...rest, at);
  if (/^(?:conflict|latency|lags|logs|topologies|resolvers|settings|config)$/.test(name))
    return accept(
      {conflict: 'conflicts', latency: 'lag', lags: 'lag', logs: 'log', topologies: 'topology'}[name] ??
        'resolver',
      ...rest,
      at,
    );
  return leaderOf(what, context) === undefined || isQuoted(what)
    ? instead('get', what, ...rest, at)
    : instead('log', what);
}

/** Other names of settings and their values, with or without an equals sign. */
function renamed(
  command: string,
  names: {readonly [other: string]: string},
): (typed: Typed) => Meaning | undefined {
  return ({words, at}) => {
    const [first = '', ...rest] = /^[:=]$/.test(words[0] ?? '') ? words.slice(1) : words;
    const name = first.toLowerCase();
    const line = [Object.hasOwn(names, name) ? (names[name] ?? name) : name, ...rest];
    return first === '' || line.join(' ') === words.join(' ') ? undefined : accept(command, ...line, at);
  };
}
