#!/usr/bin/env node
import { closeSync, writeSync } from 'node:fs';
import { resolveAddress } from './address.ts';
import { Broker } from './broker/broker.ts';
import { BusClient } from './client/bus-client.ts';
import { Collector } from './collector/collector.ts';
import { type Command, parseCommandLine, USAGE } from './command-line.ts';
import { BusError, messageOf } from './errors.ts';
import type { TaskStore } from './store/task-store.ts';

async function main(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2), process.env);
  if (command.name === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  if (command.name === 'demo') {
    const { runDemo } = await import('./demo.ts');
    await runDemo((line) => process.stdout.write(`${line}\n`));
    return;
  }
  const address = resolveAddress(command.bus);
  if (command.name === 'broker') await serve(command, address);
  else if (command.name === 'collector') await collect(command, address);
  else await talk(command, address);
}

async function serve({ store, readyFd, ...options }: Command & { name: 'broker' }, address: string): Promise<void> {
  const broker = await Broker.listen({
    ...options,
    address,
    ...(store !== undefined && { store: await openStore(store) }),
    onFailure: (error) => {
      log(`the broker cannot go on: ${messageOf(error)}`);
      process.exit(1);
    },
  });
  endWith(broker);
  tellReady(readyFd);
}

/** Who needs no store does not load SQLite, of which Node 22 warns. */
async function openStore(directory: string): Promise<TaskStore> {
  const { TaskLog } = await import('./store/task-log.ts');
  return new TaskLog({ directory });
}

async function collect(command: Command & { name: 'collector' }, address: string): Promise<void> {
  const { collector: name, isVerbose, readyFd, kinds, window, concurrency, paceMs } = command;
  const collector = await Collector.start({
    ...{ address, name, kinds, window, concurrency, paceMs },
    onLog: (line) => log(`${name}: ${line}`),
    ...(isVerbose && { onTask: (kind, payload) => log(`${name}: begins ${kind} ${JSON.stringify(payload)}`) }),
  });
  endWith(collector);
  tellReady(readyFd);
}

async function talk(
  command: Exclude<Command, { name: 'help' | 'demo' | 'broker' | 'collector' }>,
  address: string,
): Promise<void> {
  const client = await BusClient.connect({ address });
  switch (command.name) {
    case 'request': {
      const { topic, payload, to } = command;
      print(await client.request(topic, payload, to === undefined ? {} : { to }));
      break;
    }
    case 'publish':
      client.publish(command.topic, command.payload);
      break;
    case 'subscribe': {
      const { pattern, group } = command;
      const hear = (payload: unknown, topic: string): void => print({ topic, payload });
      await client.subscribe(pattern, hear, group === undefined ? {} : { group });
      endWith(client);
      tellReady(command.readyFd);
      return;
    }
    case 'stats':
      print(await client.stats());
      break;
  }
  await client[Symbol.asyncDispose]();
}

function endWith(what: AsyncDisposable): void {
  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= Promise.resolve(what[Symbol.asyncDispose]());
    stopping.then(() => process.exit(0), fail);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
}

function tellReady(fd: number | undefined): void {
  if (fd === undefined) return;
  writeSync(fd, 'ready\n');
  closeSync(fd);
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

function fail(error: unknown): void {
  log(`bus: ${messageOf(error)}`);
  if (error instanceof BusError && error.code === 'INVALID_ARGUMENT') log('bus: --help tells what can be said');
  process.exit(1);
}

main().catch(fail);
