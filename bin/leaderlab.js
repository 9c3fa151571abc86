#!/usr/bin/env node
import {existsSync} from 'node:fs';

const program = new URL('../dist/cli.js', import.meta.url);
if (!existsSync(program)) {
  process.stderr.write('leaderlab is not built yet: run npm install, or npm run build\n');
  process.exit(3);
}
process.env.NODE_ENV ??= 'production';
await import(program.href);
