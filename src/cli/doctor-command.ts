/**
 * `leaderlab doctor`: what the program was started in is handed to those who examine it, and what they find
 * is told.
 */

import type {Command} from 'commander';
import {printableJson} from '../base/printable.ts';

interface DoctorFlags {
  readonly json?: boolean;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('tell what works on this machine, and what to do about the rest')
    .option('--json', 'one object per line, for programs')
    .addHelpText(
      'after',
      '\nEnds with 3 if something is missing that the lab cannot do without.\n\nExamples:\n  leaderlab ' +
        'doctor',
    )
    .action(doctor);
}

/** Ends with 3 where something is missing that the lab cannot do without. */
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
