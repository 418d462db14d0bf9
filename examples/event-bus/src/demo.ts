import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BusClient } from './client/bus-client.ts';
import type { BrokerStats } from './protocol/messages.ts';
import { COLLECTOR_LOST, taskTopic } from './protocol/topics.ts';

const BUS = fileURLToPath(new URL('../bin/bus.mjs', import.meta.url));
const PROCESS = taskTopic('process');
const LOAD = 10_000;

/** Shows a bus at work: turns, failover, a broker that is killed, load. Everything that it starts ends with it. */
export async function runDemo(say: (line: string) => void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'event-bus-demo-'));
  const address = join(directory, 'bus.sock');
  const children = new Map<string, ChildProcess>();
  const start = (name: string, ...args: readonly string[]): void => {
    children.set(name, spawn(process.execPath, [BUS, ...args, '--bus', address], { stdio: 'ignore' }));
  };
  const kill = async (name: string): Promise<void> => {
    const child = children.get(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const startBroker = (): void => start('broker', 'broker', '--store', join(directory, 'store'));
  const startCollector = (name: string, ...args: readonly string[]): void =>
    start(name, 'collector', '--kind', 'process', '--name', name, ...args);
  let connected: BusClient | undefined;
  try {
    startBroker();
    for (const name of ['c1', 'c2', 'c3']) startCollector(name, '--pace', '20');
    const client = await BusClient.connect({ address });
    connected = client;
    await client.subscribe(COLLECTOR_LOST, (lost) => say(`  the broker says: lost ${JSON.stringify(lost)}`));
    await waitFor(client, ({ topics }) => topics[PROCESS]?.members.length === 3);

    say('Nine tasks for three collectors, in turn:');
    const nine = await Promise.all(Array.from({ length: 9 }, (_, n) => client.request(PROCESS, { n })));
    say(`  ${nine.map(({ by }) => by).join(' ')}`);

    say('Thirty tasks, and c2 is killed in the middle of them:');
    const thirty = await client.submitAll(
      PROCESS,
      Array.from({ length: 30 }, (_, n) => n),
    );
    await sleep(50);
    await kill('c2');
    const outcomes = await Promise.all(thirty.map(({ outcome }) => outcome));
    const moved = outcomes.filter((outcome) => outcome.ok && outcome.lost.includes('c2'));
    say(`  ${outcomes.filter(({ ok }) => ok).length} done, ${moved.length} of them by others in place of c2`);

    say('A hundred tasks, and the broker is killed:');
    const hundred = await client.submitAll(
      PROCESS,
      Array.from({ length: 100 }, (_, n) => n),
    );
    await kill('broker');
    startBroker();
    const after = await Promise.all(hundred.map(({ outcome }) => outcome));
    say(`  ${after.filter(({ ok }) => ok).length} done`);

    for (const name of ['c1', 'c3']) await kill(name);
    for (const name of ['f1', 'f2', 'f3', 'f4', 'f5']) startCollector(name);
    await waitFor(client, ({ topics }) => topics[PROCESS]?.members.length === 5);
    say(`${LOAD.toLocaleString('en-US')} tasks for five collectors:`);
    const startMs = performance.now();
    const many = await client.submitAll(
      PROCESS,
      Array.from({ length: LOAD }, (_, n) => n),
    );
    const publishedMs = performance.now() - startMs;
    await Promise.all(many.map(({ outcome }) => outcome));
    say(`  published in ${publishedMs.toFixed(0)} ms, done in ${(performance.now() - startMs).toFixed(0)} ms`);
    const members = (await client.stats()).topics[PROCESS]?.members ?? [];
    say(`  ${members.map(({ name, done }) => `${name}: ${done}`).join(', ')}`);
  } finally {
    await connected?.[Symbol.asyncDispose]();
    await Promise.all([...children.keys()].map(kill));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function waitFor(client: BusClient, isSo: (stats: BrokerStats) => boolean): Promise<void> {
  while (!isSo(await client.stats())) await sleep(10);
}
