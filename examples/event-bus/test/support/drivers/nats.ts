import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { until } from 'glovebox';
import type { SpawnForTest } from 'glovebox/fixtures';
import type { Process } from 'glovebox/process';
import { taskTopic } from '../../../src/protocol/topics.ts';
import { CACHE } from '../bus-under-test.ts';
import type { BrokerDriver, DriverResult, Participant } from './driver.ts';
import { NatsQueue } from './nats-queue.ts';

const SERVER = '/usr/sbin/nats-server';
const COLLECTOR = fileURLToPath(new URL('nats-collector.ts', import.meta.url));
const READY_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How long those who are there have to say so. */
const SURVEY_MS = 50;

/** NATS of Debian: a broker that nobody here wrote. Its queue groups are served at random. */
export const nats: BrokerDriver = {
  name: 'NATS',
  takesTurns: false,
  findObstacle: () =>
    existsSync(SERVER) ? undefined : `${SERVER} is not installed; on Debian: apt-get install nats-server`,
  async start({ spawn, directory, buffer }) {
    let server = await startServer(spawn, directory, -1);
    const port = readPort(directory) ?? 0;
    const connections: NatsConnection[] = [];
    const open = async (): Promise<NatsConnection> => {
      const connection = await connect({ port, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
      connections.push(connection);
      return connection;
    };
    return {
      get process() {
        return server;
      },
      startCollector: (name, kind) =>
        spawn(process.execPath, [COLLECTOR, name, kind, String(port)], {
          ready: { fd: 3 },
          timeoutMs: READY_TIMEOUT_MS,
          env: CACHE,
        }),
      connect: async () => participate(await open()),
      offer: async (count) => (await NatsQueue.create(await open(), buffer)).offer(count),
      takeAll: async () => new NatsQueue(await open()).takeAll(),
      countCollectors: async (kind) => {
        const connection = await open();
        const answers = await connection.requestMany(`${taskTopic(kind)}.who`, '', {
          strategy: 'timer',
          maxWait: SURVEY_MS,
        });
        const names = new Set<string>();
        for await (const answer of answers) names.add(answer.string());
        await connection.close();
        return names.size;
      },
      killAndRestart: async () => {
        await server.kill();
        server = await startServer(spawn, directory, port);
      },
      [Symbol.asyncDispose]: async () => {
        await Promise.all(connections.map((connection) => connection.close()));
      },
    };
  },
};

/** @param port -1 for one that is free; the server writes to a file which one that is */
function startServer(spawn: SpawnForTest, directory: string, port: number): Promise<Process> {
  const store = join(directory, 'jetstream');
  const args = ['-a', '127.0.0.1', '-p', String(port), '--ports_file_dir', directory, '-js', '-sd', store];
  const hasToldPort = (_: unknown, signal: AbortSignal): Promise<unknown> => {
    const description = 'the server to tell its port';
    return until(() => readPort(directory) !== undefined, { description, signal, timeoutMs: READY_TIMEOUT_MS });
  };
  return spawn(SERVER, args, { ready: port === -1 ? hasToldPort : { log: 'Server is ready' } });
}

function readPort(directory: string): number | undefined {
  const name = readdirSync(directory).find((each) => each.endsWith('.ports'));
  const text = name === undefined ? '' : readFileSync(join(directory, name), 'utf8');
  // It may be there and empty yet.
  const port = /:(\d+)"/.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

function participate(connection: NatsConnection): Participant {
  const ask = async (subject: string, payload: unknown): Promise<DriverResult> => {
    const answer = await connection.request(subject, JSON.stringify(payload), { timeout: REQUEST_TIMEOUT_MS });
    return answer.json();
  };
  return {
    request: (kind, payload, to) => ask(taskTopic(kind) + (to === undefined ? '' : `.to.${to}`), payload),
    submitAll: async (kind, payloads) => {
      const results = payloads.map((payload) => ask(taskTopic(kind), payload));
      await connection.flush();
      return results;
    },
    publish: (topic, payload) => connection.publish(topic, JSON.stringify(payload)),
    subscribe: async (pattern, hear, group) => {
      connection.subscribe(pattern, {
        ...(group !== undefined && { queue: group }),
        callback: (_, message) => hear(message.json(), message.subject),
      });
      await connection.flush();
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
