/**
 * Synonyms of commands about leaders and links: the words of the shell, of databases, of Jepsen and of
 * network tools, and other ways to name leaders and links.
 */
import type {LeaderId} from '../../../base/ids.ts';
import {LINK_SETTINGS} from '../../grammar/arg-link.ts';
import {linksIn} from './links-words.ts';
import {
  accept,
  as,
  instead,
  insteadSince,
  leaderOf,
  type Meaning,
  type Synonym,
  say,
  synonym,
  type Typed,
} from './row.ts';

export const PLACES: readonly Synonym[] = [
  synonym(
    'kill restart pause resume',
    'shell',
    ['kill all', 'kill @us', 'pause us and eu', 'kill us-eu'],
    typed => leadersNamed(typed) ?? linksMeant(typed),
  ),
  synonym('clock', '', ['clock all +1s'], leadersNamed),
  synonym('focus leave', '', ['focus @us'], leadersNamed),
  synonym('crash die sigkill killall down', 'shell, Jepsen', ['crash us'], as('kill')),
  synonym('start up boot revive recover rerun', 'shell', ['start us'], typed =>
    hasLink(typed) ? accept('heal', ...typed.words, typed.at) : as('restart')(typed),
  ),
  synonym('freeze suspend hang stall sigstop', 'shell, Jepsen', ['freeze us'], typed =>
    hasLink(typed) ? accept('hold', ...typed.words) : as('pause')(typed),
  ),
  synonym('unfreeze unpause continue cont thaw wake sigcont', 'shell, Jepsen', ['unpause us'], as('resume')),
  synonym('stop shutdown terminate poweroff', 'shell, kubectl', ['stop us'], stopped),
  synonym('reboot bounce', 'shell', ['reboot us'], typed =>
    say(`use: kill ${who(typed)}, then restart ${who(typed)}`),
  ),
  synonym(
    'failover elect promote demote stepdown primary master vote election',
    'MongoDB, Raft',
    ['failover us'],
    typed => say(`every leader accepts writes, so none is elected; use: kill ${who(typed)}`),
  ),
  synonym('spawn scale addnode provision', 'kubectl', ['scale sa'], ({words: [name = 'LEADER']}) =>
    instead('join', name),
  ),
  synonym('evict drain decommission forget', 'kubectl, Cassandra', ['drain us'], typed =>
    instead('leave', who(typed)),
  ),
  synonym(
    'skew drift ntp settime faketime',
    'Jepsen',
    ['skew us +5s', 'drift us 200ppm'],
    ({name, words: [leader = 'LEADER', ...change]}) =>
      name === 'drift'
        ? instead('clock', leader, 'drift', change.at(-1) ?? '1000ppm')
        : instead('clock', leader, change[0] ?? '+500ms'),
  ),
  synonym('heal', '', ['heal all', 'heal everything', 'heal partition'], ({words}) =>
    words.length === 1 && /^(?:all|everything|partitions?|network|links|cluster|\*)$/i.test(words[0] ?? '')
      ? accept('heal')
      : undefined,
  ),
  synonym(
    'cut hold release reset heal',
    'network tools',
    ['cut us eu', 'cut us->eu', 'cut us → eu', 'cut us', 'heal us and eu'],
    linksNamed,
  ),
  synonym(
    'deliver drop',
    '',
    ['deliver us->eu', 'drop us'],
    typed => leaderDropped(typed) ?? linksNamed(typed),
  ),
  synonym('drop', 'SQL', ['drop table title'], typed => (hasLink(typed) ? undefined : tableDropped(typed))),
  synonym('isolate', 'Jepsen', ['isolate us'], ({all, context}) => isolated(all, context.leaders)),
  synonym(
    'disconnect sever block break unlink blackhole',
    'network tools',
    ['disconnect us eu', 'disconnect us'],
    ({words, at}) => accept('cut', ...words, at),
  ),
  synonym(
    'connect reconnect unblock repair mend fix restore uncut unplug',
    'network tools',
    ['connect us eu', 'repair'],
    ({words, at}) => accept('heal', ...words, at),
  ),
  synonym('unpartition unsplit reunite merge-partition', 'Jepsen', ['unpartition'], as('heal')),
  synonym(
    'partition',
    'Jepsen',
    ['partition us | eu,ap', 'partition us vs eu ap', 'partition us', 'partition us eu'],
    parted,
  ),
  synonym('split netsplit divide', 'Jepsen', ['split us / eu ap'], as('partition')),
  synonym('link', 'network tools', ['link us eu latency 100', 'link us->eu loss 5'], linkSet),
  synonym(
    'latency jitter bandwidth loss dup reorder',
    'tc',
    ['latency us eu 100', 'loss us-eu 5%', 'bandwidth us-eu 100kb', 'dup us-eu 5%', 'reorder us-eu 5%'],
    typed => settingOf(typed.name, typed),
  ),
  synonym('lag', '', ['lag us'], ({all, context}) =>
    all.length > 0 && all.every(word => leaderOf(word, context))
      ? insteadSince('lag shows every leader', 'lag')
      : undefined,
  ),
  synonym(
    'delay lag packetloss duplicate',
    'tc, Toxiproxy',
    ['delay us-eu 100ms', 'packetloss us-eu 5%', 'duplicate us-eu 5%'],
    typed =>
      settingOf(
        {delay: 'latency', lag: 'latency', packetloss: 'loss', duplicate: 'dup'}[typed.name] ?? typed.name,
        typed,
      ),
  ),
  synonym('slow slowdown throttle', 'Toxiproxy', ['slow us-eu'], typed => {
    const links = linksIn(typed.words, 'link', typed.context);
    return links !== undefined && 'selectors' in links
      ? instead('link', ...links.selectors, typed.name === 'throttle' ? 'bandwidth 10kb' : 'latency 500ms')
      : instead('link LINK latency 500ms');
  }),
];

/** `drop us` means no key. */
function leaderDropped({name, words, at, context}: Typed): Meaning | undefined {
  const leader = words.length < 2 ? leaderOf(words[0] ?? at, context) : undefined;
  if (name !== 'drop' || leader === undefined) return undefined;
  return say(`drop takes one direction of a link, such as us>eu; use: kill ${leader}, or cut ${leader}`);
}

function tableDropped({words, at}: Typed): Meaning {
  return instead('del', words.find(word => !/^(?:table|key|if|exists)$/i.test(word)) ?? 'KEY', at);
}

const EVERYONE = /^(?:all|@all|everyone|everybody|everything|\*)$/i;
const NOUNS = /^(?:leaders?|nodes?|server|and|&|the)$/i;

/**
 * All leaders that can suffer the command as they are; all of them where none can, so that the refusal says
 * why.
 */
function everyone(name: string, {leaders, canSuffer}: Typed['context']): readonly LeaderId[] {
  const able = leaders.filter(id => canSuffer?.(name, id) !== false);
  return able.length === 0 ? leaders : able;
}

/** `kill all`, `kill @us`, `kill us and eu`, `KILL US`. */
function leadersNamed({name, all, context}: Typed): Meaning | undefined {
  const each = all.flatMap(word => (word.startsWith('@') ? word.split(',') : [word]));
  const named = each.flatMap((word): readonly string[] =>
    EVERYONE.test(word) && name !== 'focus' && name !== 'leave'
      ? everyone(name, context)
      : [plain(word, context)],
  );
  const line = named.filter(word => !NOUNS.test(word) || leaderOf(word, context) !== undefined);
  return line.join(' ') === all.join(' ') ? undefined : accept(name, ...line);
}

const plain = (word: string, context: Typed['context']): string =>
  leaderOf(word.replace(/,$/, ''), context) ?? word;

const hasLink = ({words, context}: Typed): boolean =>
  words.some(word => /[->→]/.test(word)) && linksIn(words, 'cut', context) !== undefined;

/** `kill us-eu`: a link cannot be killed, and can be cut. */
function linksMeant(typed: Typed): Meaning | undefined {
  const ours = {kill: 'cut', pause: 'hold', resume: 'release', restart: 'heal'}[typed.name];
  return ours !== undefined && hasLink(typed)
    ? insteadSince(`${typed.name} is for leaders`, ours, ...typed.words)
    : undefined;
}

const who = ({words, at, context}: Typed): string =>
  leaderOf(words[0] ?? at, context) ?? words[0] ?? 'LEADER';

function stopped(typed: Typed): Meaning {
  const leader = who(typed);
  return say(
    `use: kill ${leader} (a crash), pause ${leader} (it freezes) or leave ${leader} ` +
      '(it hands over its operations and ends)',
  );
}

/** `us eu`, `us->eu`, `us`: see links.ts. */
function linksNamed({name, all, context}: Typed): Meaning | undefined {
  const links = linksIn(all, name, context);
  if (links === undefined || 'type' in links) return links;
  if (links.selectors.length === 0)
    return say(
      `this topology has no link of ${all.join(' ')}; use: topology, which shows who is linked with whom`,
    );
  const line = [...links.selectors, ...links.rest];
  return line.join(' ') === all.join(' ') ? undefined : accept(name, ...line);
}

function isolated(words: readonly string[], leaders: readonly LeaderId[]): Meaning {
  const side = words.flatMap(word => word.split(',')).map(word => word.replace(/^@/, '').toLowerCase());
  const others = leaders.filter(id => !side.includes(id));
  return side.length === 0 ? instead('partition us / eu ap') : accept('partition', ...side, '/', ...others);
}

/** `us | eu,ap`, `us vs eu ap`, `{us} {eu ap}`; one leader alone stands against the others. */
function parted({all, context}: Typed): Meaning | undefined {
  const text = all.join(' ');
  const bracketed = [...text.matchAll(/[[{(]([^\]})]*)[\]})]/g)].map(([, inside = '']) => inside);
  const groups = (
    bracketed.length > 1 ? bracketed : text.split(/\s*(?:[|/:;]+|--+|\b(?:vs|from|against|versus)\b\.?)\s*/i)
  )
    .map(group =>
      group
        .replace(/["']/g, '')
        .split(/[\s,]+/)
        .filter(Boolean)
        .map(word => plain(word, context)),
    )
    .filter(group => group.length > 0);
  const [first = [], second] = groups;
  if (second !== undefined) {
    const line = groups.map(group => group.join(' ')).join(' / ');
    return line === text ? undefined : accept('partition', line);
  }
  const links = first.length === 1 && /[->→]/.test(text) ? linksIn(all, 'cut', context) : undefined;
  if (links !== undefined && 'selectors' in links) return instead('cut', ...links.selectors);
  if (first.length === 0 || text.includes('/') || first.some(word => leaderOf(word, context) === undefined))
    return undefined;
  const others = context.leaders.filter(id => !first.includes(id));
  if (first.length === 1 && others.length > 0) return accept('partition', ...first, '/', ...others);
  const against = others.length > 0 ? `, or partition ${first.join(' ')} / ${others.join(' ')}` : '';
  return say(
    `separate the two sides with /; use: partition ${first[0]} / ${first.slice(1).join(' ')}${against}`,
  );
}

/** `link us eu latency 100`: other words for the links, and amounts without their units. */
function linkSet({all, context}: Typed): Meaning | undefined {
  const links = linksIn(all, 'link', context);
  if (links === undefined || 'type' in links) return links;
  const settings = links.rest.map((word, i) => withUnit(links.rest[i - 1] ?? '', word));
  const line = [...links.selectors, ...settings];
  return line.join(' ') === all.join(' ') ? undefined : accept('link', ...line);
}

/** The setting first: `latency us eu 100`. */
function settingOf(setting: string, {all, context}: Typed): Meaning {
  const amount = all.find(word => /^\d/.test(word));
  const links = linksIn(
    all.filter(word => word !== amount),
    'link',
    context,
  );
  const unit = UNITS[setting] ?? '';
  if (links === undefined || 'type' in links || links.rest.length > 0) {
    const [a = 'us', b = 'eu'] = context.leaders;
    return instead(
      'link',
      `${a}-${b}`,
      setting,
      amount === undefined ? EXAMPLES[setting] : withUnit(setting, amount),
    );
  }
  if (amount === undefined)
    return instead('link', ...links.selectors, setting, EXAMPLES[setting] ?? `5${unit}`);
  return accept('link', ...links.selectors, setting, withUnit(setting, amount));
}

const UNITS: {readonly [setting: string]: string} = {
  latency: 'ms',
  jitter: 'ms',
  loss: '%',
  dup: '%',
  reorder: '%',
};
const EXAMPLES: {readonly [setting: string]: string} = {
  latency: '100ms',
  jitter: '20ms',
  bandwidth: '100kb',
  loss: '5%',
  dup: '5%',
  reorder: '5%',
};

/** A bare number of milliseconds or of a hundred. */
const withUnit = (setting: string, amount: string): string =>
  /^\d+(?:\.\d+)?$/.test(amount) && LINK_SETTINGS.some(({text}) => text === setting)
    ? `${amount}${UNITS[setting] ?? ''}`
    : amount;
