import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import type { HeartbeatOptions } from './connection/channel.ts';
import { FleetError } from './errors.ts';

export const USAGE = `fleet coordinator --store FILE [--port 7400] [--host ADDRESS] [--lease-ms 10000]
                  [--retention-ms 600000]
fleet worker --url ws://HOST:7400/fleet [--name NAME] [--slots 4] [--backoff-ms 100] [--backoff-max-ms 10000]
  both: [--heartbeat-ms 5000] [--dead-ms 15000], and the secret that all of them share in FLEET_SECRET
`;

export interface CoordinatorCommand {
  readonly name: 'coordinator';
  readonly store: string;
  readonly port: number;
  readonly host: string | undefined;
  readonly leaseMs: number;
  readonly retentionMs: number;
  readonly heartbeat: HeartbeatOptions;
  readonly secret: string;
}

export interface WorkerCommand {
  readonly name: 'worker';
  readonly url: string;
  readonly worker: string;
  readonly slots: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  readonly figuresMs: number;
  readonly heartbeat: HeartbeatOptions;
  readonly secret: string;
}

export type Command = CoordinatorCommand | WorkerCommand | { readonly name: 'help' };

const OPTIONS = {
  store: { type: 'string' },
  port: { type: 'string', default: '7400' },
  host: { type: 'string' },
  'lease-ms': { type: 'string', default: '10000' },
  'retention-ms': { type: 'string', default: '600000' },
  url: { type: 'string' },
  name: { type: 'string' },
  slots: { type: 'string', default: '4' },
  'backoff-ms': { type: 'string', default: '100' },
  'backoff-max-ms': { type: 'string', default: '10000' },
  'figures-ms': { type: 'string', default: '1000' },
  'heartbeat-ms': { type: 'string', default: '5000' },
  'dead-ms': { type: 'string', default: '15000' },
  help: { type: 'boolean', default: false },
} as const;

/** @throws FleetError `INVALID_ARGUMENT` with all that is wrong */
export function parseCommandLine(words: readonly string[], env: NodeJS.ProcessEnv): Command {
  const { values, positionals } = parse(words);
  const [name, ...rest] = positionals;
  if (values.help || name === 'help') return { name: 'help' };
  const mistakes: string[] = rest.map((word) => `nothing is known about ${JSON.stringify(word)}`);
  const number = (option: 'port' | 'slots' | `${string}-ms`, min = 1): number => {
    const text = values[option as keyof typeof values];
    const value = Number(text);
    if (!Number.isInteger(value) || value < min)
      mistakes.push(`--${option} is ${text}, not a whole number from ${min} on`);
    return value;
  };
  const heartbeat = { everyMs: number('heartbeat-ms'), deadMs: number('dead-ms') };
  const secret = env['FLEET_SECRET'] ?? '';
  if (secret === '') mistakes.push('FLEET_SECRET is not set');
  let command: Command = { name: 'help' };
  if (name === 'coordinator') {
    const { store = '', host } = values;
    if (store === '') mistakes.push('--store is missing: the file where tasks are kept');
    command = {
      ...{ name, store, host, port: number('port', 0), heartbeat, secret },
      ...{ leaseMs: number('lease-ms'), retentionMs: number('retention-ms') },
    };
  } else if (name === 'worker') {
    const { url = '', name: worker = hostname() } = values;
    if (!/^wss?:/.test(url)) mistakes.push('--url is missing: ws://HOST:PORT/fleet');
    command = {
      ...{ name, url, worker, slots: number('slots'), heartbeat, secret, figuresMs: number('figures-ms') },
      ...{ backoffBaseMs: number('backoff-ms'), backoffMaxMs: number('backoff-max-ms') },
    };
  } else mistakes.push(`the first word must be coordinator or worker, not ${JSON.stringify(name)}`);
  if (mistakes.length > 0) throw new FleetError('INVALID_ARGUMENT', mistakes.join('; '));
  return command;
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new FleetError('INVALID_ARGUMENT', error instanceof Error ? error.message : String(error));
  }
}
