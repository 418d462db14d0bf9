#!/usr/bin/env node
import { closeSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ask, serveControl } from './control/control.ts';
import { messageOf } from './errors.ts';
import { Host } from './host.ts';

const USAGE = `Usage: faas <command> --state-directory <path>
  serve [--port 8080] [--network 10.77] [--runtime own|<path of runc>] [--ready-fd <fd>]
  deploy <name> <image.tar>
  stop <name> | list | shutdown
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'state-directory': { type: 'string' },
      port: { type: 'string' },
      network: { type: 'string' },
      runtime: { type: 'string' },
      'ready-fd': { type: 'string' },
    },
  });
  const [command, name = '', image] = positionals;
  const stateDirectory = values['state-directory'];
  if (command === undefined || stateDirectory === undefined) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const control = join(stateDirectory, 'control.sock');
  if (command !== 'serve') {
    const words = [command, name].filter((word) => word !== '');
    const answer = await ask(control, words, image === undefined ? undefined : resolve(image));
    if (answer !== null) process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
    return;
  }
  const { port, network, runtime } = values;
  const host = await Host.open({
    stateDirectory,
    onLog: (line) => process.stderr.write(`faas: ${line}\n`),
    ...(port && { port: Number(port) }),
    ...(network && { network }),
    ...(runtime && { runtime }),
  });
  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= host.close().then(() => void server.close());
    stopping.catch(fail);
  };
  const server = await serveControl(control, host, stop);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const readyFd = values['ready-fd'];
  if (readyFd === undefined) return;
  writeSync(Number(readyFd), 'ready\n');
  closeSync(Number(readyFd));
}

function fail(error: unknown): void {
  process.stderr.write(`faas: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

main().catch(fail);
