/**
 * Facts about the flags of `leaderlab` that commander does not hold: example values, which flags exclude each
 * other, which can be repeated, and the flags of other programs that people type.
 */

/** The arguments of a command in an example, without its flags. */
export const ARGUMENTS: {readonly [command: string]: string} = {
  run: 'first-steps',
  lab: '2',
  leader: 'us --data ./us',
  completion: 'bash',
};

/** The value of a flag in an example. */
export const FLAG_VALUES: {readonly [flag: string]: string} = {
  '--leaders': 'us,eu,ap',
  '--engine': 'sim',
  '--leader': 'us=postgres://me@localhost:5432/postgres --leader eu=postgres://me@localhost:5433/postgres',
  '--topology': 'star eu',
  '--resolver': 'custom ./merge.mjs',
  '--slow': '10',
  '--data': './data',
  '--seed': '7',
  '--exec': '"set title A @us"',
  '--junit': 'report.xml',
  '--seeds': '5000',
  '--for': '5m',
  '--questions': '10',
  '--port': '7001',
  '--peer': 'eu=7002',
  '--token-file': './token',
};

/** Flags that cannot be combined. */
export const EXCLUSIVE: readonly (readonly string[])[] = [
  ['--lan', '--wan', '--slow'],
  ['--leader', '--leaders'],
  ['--leader', '--data'],
];
export const REPEATABLE: ReadonlySet<string> = new Set(['--exec', '--leader', '--peer']);
/** Flags that other programs have. */
export const OTHER_FLAGS: {readonly [flag: string]: string} = {
  '--format': '--json',
  '--output': '--json',
  '-o': '--json',
  '--nodes': '--leaders',
  '-n': '--leaders',
  '--replicas': '--leaders',
  '--size': '--leaders',
  '--merge': '--resolver',
  '--strategy': '--resolver',
  '--conflict': '--resolver',
  '--eval': '--exec',
  '-c': '--exec',
  '--command': '--exec',
  '--dir': '--data',
  '--folder': '--data',
  '--backend': '--engine',
  '--database': '--engine',
  '--latency': '--slow',
  '--runs': '--seeds',
  '--iterations': '--seeds',
  '--time': '--for',
  '--duration': '--for',
};
