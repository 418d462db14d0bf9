import { parseArgs } from 'node:util';
import { messageOf, RelayError } from './errors.ts';
import type { WrittenRule } from './parse-rule.ts';
import { parseRule } from './parse-rule.ts';
import type { WorkerKind } from './supervisor/worker-process.ts';

export const USAGE = `usage: relay serve  [--run-directory DIR] [--ready-fd N] [--receive-buffer BYTES]
                    [--channel-capacity BYTES] [--channel-wait MS] [--workers ingress,egress]
       relay add    --input-interface NAME --input-group GROUP --input-port PORT
                    --outputs GROUP:PORT:INTERFACE,…|devnull [--ttl N]
       relay remove ID
       relay list | stats | ready | stop

  --run-directory     where the relay has its sockets (default $RELAY_RUN_DIRECTORY, or /run/multicast-relay)
  --ready-fd          a line is written there when packets would go through
  --receive-buffer    of each input, in bytes (default 64 MiB; past net.core.rmem_max only with CAP_NET_ADMIN)
  --channel-capacity  how much may be on its way between the workers, in bytes (default 8 MiB)
  --channel-wait      how long a full channel is waited for before packets are dropped, in milliseconds (default 100)
  --workers           which workers this relay starts (default both)
  --ttl               of the packets that are sent: 1 stays on the link (default)
`;

/** What a command line asks for. */
export type Command =
  | { readonly name: 'help' }
  | ({ readonly name: 'serve' } & ServeOptions)
  | { readonly name: 'add'; readonly runDirectory: string; readonly rule: WrittenRule }
  | { readonly name: 'remove'; readonly runDirectory: string; readonly id: number }
  | { readonly name: 'list' | 'stats' | 'ready' | 'stop'; readonly runDirectory: string };

/** How a relay is to run. */
export interface ServeOptions {
  readonly runDirectory: string;
  readonly readyFd: number | undefined;
  readonly receiveBufferBytes: number;
  readonly channelCapacityBytes: number;
  readonly channelWaitMs: number;
  readonly workers: readonly WorkerKind[];
}

const KINDS: readonly WorkerKind[] = ['ingress', 'egress'];
const COMMANDS = ['serve', 'add', 'remove', 'list', 'stats', 'ready', 'stop'];
const MiB = 1024 * 1024;
const MAX_BUFFER_BYTES = 1024 * MiB - 1;

/** @throws RelayError INVALID_ARGUMENT with every mistake */
export function parseCommandLine(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command {
  const { values, positionals } = readArguments(argv);
  const [name, ...rest] = positionals;
  if (values.help || name === undefined) return { name: 'help' };
  const runDirectory = values['run-directory'] ?? environment['RELAY_RUN_DIRECTORY'] ?? '/run/multicast-relay';
  const mistakes = findStrays(name, rest);
  const readNumber = (option: string, text: string | undefined, fallback: number, highest: number): number => {
    const isNumber = text === undefined || (/^\d{1,10}$/.test(text) && Number(text) <= highest);
    if (!isNumber) mistakes.push(`--${option} must be a whole number from 0 to ${highest}, not "${text}"`);
    return text === undefined ? fallback : Number(text);
  };
  const readyFd = values['ready-fd'] === undefined ? undefined : readNumber('ready-fd', values['ready-fd'], 0, 1023);
  const serve: ServeOptions = {
    runDirectory,
    readyFd,
    receiveBufferBytes: readNumber('receive-buffer', values['receive-buffer'], 64 * MiB, MAX_BUFFER_BYTES),
    channelCapacityBytes: readNumber('channel-capacity', values['channel-capacity'], 8 * MiB, MAX_BUFFER_BYTES),
    channelWaitMs: readNumber('channel-wait', values['channel-wait'], 100, 60_000),
    workers: readWorkers(mistakes, values.workers),
  };
  if (mistakes.length > 0) throw new RelayError('INVALID_ARGUMENT', mistakes.join('; '));
  if (name === 'serve') return { name, ...serve };
  if (name === 'remove') return { name, runDirectory, id: Number(rest[0]) };
  if (name === 'add') {
    const rule = {
      inputInterface: values['input-interface'],
      inputGroup: values['input-group'],
      inputPort: values['input-port'],
      outputs: values.outputs,
      ttl: values.ttl,
    };
    // Mistakes are told before a relay is asked for; the relay reads it again.
    parseRule(rule);
    return { name, runDirectory, rule };
  }
  return { name: name as 'list' | 'stats' | 'ready' | 'stop', runDirectory };
}

function readArguments(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        'run-directory': text,
        'ready-fd': text,
        'receive-buffer': text,
        'channel-capacity': text,
        'channel-wait': text,
        workers: text,
        'input-interface': text,
        'input-group': text,
        'input-port': text,
        outputs: text,
        ttl: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new RelayError('INVALID_ARGUMENT', messageOf(error), { cause: error });
  }
}

function findStrays(name: string, rest: readonly string[]): string[] {
  if (!COMMANDS.includes(name)) return [`there is no command "${name}"; there are ${COMMANDS.join(', ')}`];
  if (name === 'remove')
    return rest.length === 1 && /^\d{1,9}$/.test(rest[0] ?? '') ? [] : ['remove needs the number of one rule'];
  return rest.map((each) => `"${each}" means nothing to ${name}`);
}

function readWorkers(mistakes: string[], text: string | undefined): readonly WorkerKind[] {
  const names = text === undefined ? KINDS : text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !KINDS.some((kind) => kind === name));
  if (unknown.length > 0) mistakes.push(`--workers must be of ${KINDS.join(', ')}, not "${unknown.join(',')}"`);
  return KINDS.filter((kind) => names.includes(kind));
}
