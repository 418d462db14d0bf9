#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { cac } from 'cac';
import { GloveboxError, UsageError } from '../core/errors.js';
import { KernelError } from '../core/kernel-error.js';
import { checkCommandLine } from './check-command-line.js';
import { addCleanCommand } from './clean/command.js';
import { addDoctorCommand } from './doctor/command.js';
import { addInitCommand } from './init/command.js';
import { addReportCommand } from './report/command.js';
import { restoreTexts } from './restore-texts.js';
import { addRunCommand } from './run/command.js';

const USAGE_EXIT_CODE = 2;

async function main(argv: readonly string[]): Promise<void> {
  const cli = cac('glovebox');
  cli.option('--no-color', 'Leave colours away, as NO_COLOR=1 does');
  addDoctorCommand(cli);
  addRunCommand(cli);
  addCleanCommand(cli);
  addInitCommand(cli);
  addReportCommand(cli);
  cli.help();
  cli.version(readVersion());
  cli.parse([...argv], { run: false });
  restoreTexts(cli);
  if (checkCommandLine(cli)) await cli.runMatchedCommand();
}

/** The same from src/cli and from dist/cli. */
function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}

try {
  await main(process.argv);
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\nglovebox --help lists the commands, glovebox <command> --help its options`);
    process.exitCode = USAGE_EXIT_CODE;
  } else if (error instanceof GloveboxError || error instanceof KernelError) {
    console.error(error.message);
    process.exitCode = 1;
  } else throw error;
}
