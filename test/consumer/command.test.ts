import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCommands } from '../../scripts/entries.js';
import { ConsumerProject } from './consumer-project.js';

describe('the command of the packed package', () => {
  let project: ConsumerProject;
  beforeAll(() => {
    project = new ConsumerProject();
  });
  afterAll(() => project[Symbol.dispose]());

  test.each(readCommands())('$name can be executed, and Node.js runs it', ({ output }) => {
    const path = join(project.folder, 'node_modules/glovebox/dist', `${output}.js`);
    accessSync(path, constants.X_OK);
    expect(readFileSync(path, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node');
  });

  test('runs the doctor, in an ordinary installation', () => {
    const path = join(project.folder, 'node_modules/glovebox/dist/cli/glovebox.js');
    const { exitCode, output } = project.run('node', [path, 'doctor', '--json', '--only', 'node,ffi']);
    expect(exitCode).toBe(0);
    const { rungs } = JSON.parse(output) as { readonly rungs: readonly { readonly status: string }[] };
    expect(rungs.map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  // As Debian 12 has it.
  const system = '/usr/bin/node';
  const isOld = existsSync(system) && /^v(?:18|20)\./.test(execFileSync(system, ['--version'], { encoding: 'utf8' }));

  test.runIf(isOld)('runs the doctor with a Node.js that is too old, to say so', () => {
    const path = join(project.folder, 'node_modules/glovebox/dist/cli/glovebox.js');
    const { exitCode, output } = project.run(system, [path, 'doctor', '--json', '--only', 'node']);
    expect(exitCode, output).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ checks: [{ id: 'node', status: 'missing' }] });
  });

  test('refuses what it does not know with exit code 2', () => {
    const path = join(project.folder, 'node_modules/glovebox/dist/cli/glovebox.js');
    expect(project.run('node', [path, 'docter'])).toEqual({
      exitCode: 2,
      output:
        'glovebox: "docter" is no command. Did you mean "doctor"?\n' +
        'glovebox --help lists the commands, glovebox <command> --help its options\n',
    });
  });
});
