/**
 * `npm run bench -- NAME [ARGUMENTS]`: the benchmark of that name, out of the folder into which they have all
 * just been bundled.
 */
import {readdirSync} from 'node:fs';
import process from 'node:process';

const names = readdirSync(new URL('.', import.meta.url)).map(file => file.replace(/\.js$/, ''));
const benches = names.filter(one => one !== 'run');
const [name = ''] = process.argv.splice(2, 1);
if (benches.includes(name)) {
  await import(new URL(`${name}.js`, import.meta.url).href);
} else {
  process.stderr.write(`no benchmark "${name}"; there are ${benches.join(', ')}\n`);
  process.exitCode = 2;
}
