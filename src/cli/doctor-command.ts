/**
 * `leaderlab doctor`: examines the machine and the terminal, and prints what it finds.
 */

import type {Command} from 'commander';
import {printableJson} from '../base/printable.ts';

interface DoctorFlags {
  readonly json?: boolean;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check what works on this machine, and how to fix the rest')
    .option('--json', 'one object per line, for programs')
    .addHelpText('after', '\nEnds with 3 if something essential is missing.\n\nExamples:\n  leaderlab doctor')
    .action(doctor);
}

/** Ends with 3 if something essential is missing. */
async function doctor({json}: DoctorFlags): Promise<void> {
  const {examine, showFinding} = await import('../app/diagnose.ts');
  const {stdout, versions, env, platform} = process;
  const colorDepth = stdout.isTTY ? stdout.getColorDepth() : undefined;
  const {columns, rows} = stdout;
  let isWell = true;
  for await (const finding of examine({
    nodeVersion: versions.node,
    columns,
    rows,
    colorDepth,
    environment: env,
    platform,
  })) {
    isWell &&= finding.state !== 'bad';
    if (json) console.log(printableJson(JSON.stringify(finding)));
    else for (const line of showFinding(finding)) console.log(line);
  }
  process.exitCode = isWell ? 0 : 3;
}
