#!/usr/bin/env node
import { systemClock, systemRandom } from './clock.ts';
import { type CoordinatorCommand, parseCommandLine, USAGE, type WorkerCommand } from './command-line.ts';
import { dialWebSocket } from './connection/web-socket.ts';
import { Coordinator } from './coordinator/coordinator.ts';
import { CoordinatorServer } from './coordinator/server.ts';
import { Store } from './coordinator/store.ts';
import { FleetError, messageOf } from './errors.ts';
import { createLog } from './log.ts';
import { Worker } from './worker/worker.ts';

async function main(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2), process.env);
  if (command.name === 'help') process.stdout.write(USAGE);
  else if (command.name === 'coordinator') await runCoordinator(command);
  else runWorker(command);
}

async function runCoordinator({ store: file, port, host, ...options }: CoordinatorCommand): Promise<void> {
  const log = createLog('coordinator');
  const store = new Store(file, systemClock);
  const coordinator = new Coordinator({ ...options, store, clock: systemClock, log });
  const server = await CoordinatorServer.listen(coordinator, { port, ...(host === undefined ? {} : { host }) });
  log('listening', { port: server.port });
  onSignal(async () => {
    coordinator.close();
    await server.close();
  });
}

function runWorker({ url, worker: name, ...options }: WorkerCommand): void {
  const dial = dialWebSocket(url);
  const worker = new Worker({ ...options, name, dial, clock: systemClock, random: systemRandom, log: createLog(name) });
  worker.start();
  onSignal(() => worker.stop());
}

function onSignal(stop: () => Promise<void> | void): void {
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      // Who asks twice does not want to wait.
      if (isStopping) process.exit(1);
      isStopping = true;
      await stop();
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`fleet: ${messageOf(error)}\n`);
  if (error instanceof FleetError && error.code === 'INVALID_ARGUMENT') process.stderr.write(USAGE);
  process.exitCode = 1;
});
