#!/usr/bin/env node
import { closeSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, parseCommandLine, type ServeOptions, USAGE } from './command-line.ts';
import { ControlClient } from './control/control-client.ts';
import { ControlServer } from './control/control-server.ts';
import { messageOf, RelayError } from './errors.ts';
import { Supervisor } from './supervisor/supervisor.ts';

const READY_TIMEOUT_MS = 10_000;

async function main(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2), process.env);
  if (command.name === 'help') process.stdout.write(USAGE);
  else if (command.name === 'serve') await serve(command);
  else await ask(command);
}

async function serve(options: ServeOptions): Promise<void> {
  const { runDirectory, receiveBufferBytes, channelCapacityBytes, channelWaitMs, workers, readyFd } = options;
  const supervisor = new Supervisor({
    runDirectory,
    receiveBufferBytes,
    channel: { capacityBytes: channelCapacityBytes, waitMs: channelWaitMs },
    workers,
    log: (line) => process.stderr.write(`relay: ${line}\n`),
  });
  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= supervisor.stop().then(() => control.close());
    stopping.catch(fail);
  };
  const control = await ControlServer.listen(join(runDirectory, 'control.sock'), supervisor, stop);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  supervisor.start();
  if (readyFd === undefined) return;
  try {
    await supervisor.waitUntilReady(READY_TIMEOUT_MS);
    writeSync(readyFd, 'ready\n');
  } catch (error) {
    // It runs, and may be ready yet; whoever waits reads the end of it.
    process.stderr.write(`relay: ${messageOf(error)}\n`);
  }
  closeSync(readyFd);
}

async function ask(command: Exclude<Command, { name: 'serve' | 'help' }>): Promise<void> {
  using client = await ControlClient.connect(join(command.runDirectory, 'control.sock'));
  const answer = await request(client, command);
  if (answer !== null) process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
}

function request(client: ControlClient, command: Exclude<Command, { name: 'serve' | 'help' }>): Promise<unknown> {
  switch (command.name) {
    case 'add':
      return client.ask({ command: 'add', rule: command.rule });
    case 'remove':
      return client.ask({ command: 'remove', id: command.id });
    case 'ready':
      return client.ask({ command: 'ready', timeoutMs: READY_TIMEOUT_MS });
    default:
      return client.ask({ command: command.name });
  }
}

function fail(error: unknown): void {
  process.stderr.write(`relay: ${messageOf(error)}\n`);
  if (error instanceof RelayError && error.code === 'INVALID_ARGUMENT')
    process.stderr.write('relay: --help tells what can be said\n');
  process.exitCode = 1;
}

main().catch(fail);
