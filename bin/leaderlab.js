#!/usr/bin/env node
/*
 * Checks the Node version, then starts the program in dist/. Node 10 must still be able to read this file, so that an
 * old Node answers with a sentence. package.json names the least version too ("engines"); a test compares the two.
 */
const LEAST = [20, 19];
const present = process.versions.node.split('.').map(Number);

if (present[0] < LEAST[0] || (present[0] === LEAST[0] && present[1] < LEAST[1])) {
  stop(
    `leaderlab needs Node ${LEAST.join('.')} or later, and this is Node ${process.versions.node}: ` +
      'install Node 22 or 24 from nodejs.org',
  );
} else {
  import('../dist/cli.js').catch(error => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/dist.cli\.js' imported/.test(error.message)) throw error;
    stop('leaderlab is not built yet: run npm install, or npm run build');
  });
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 3;
}
