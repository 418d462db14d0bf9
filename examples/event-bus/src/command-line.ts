import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { OVERFLOWS, type Overflow } from './broker/bounded-buffer.ts';
import { BusError, messageOf } from './errors.ts';
import { COLLECTOR_KINDS, type CollectorKind } from './protocol/topics.ts';

export const USAGE = `usage: bus broker    [--store DIR] [--heartbeat MS] [--buffer N] [--overflow POLICY] [--ready-fd N]
       bus collector --kind process,network,filesystem [--name NAME] [--window N] [--concurrency N]
                     [--pace MS] [--verbose] [--ready-fd N]
       bus request   TOPIC [JSON] [--to NAME]
       bus publish   TOPIC [JSON]
       bus subscribe PATTERN [--group NAME] [--ready-fd N]
       bus stats
       bus demo

  demo           starts a broker and collectors, and shows what they do
  --bus          a name, or the path of a socket (default $EVENT_BUS, or "default")
  --store        where tasks are kept until their outcomes are known (default: nowhere, they end with the broker)
  --heartbeat    how often everybody tells that it is alive, in milliseconds (default 10000)
  --buffer       how many tasks wait for each topic (default 65536)
  --overflow     of more: ${OVERFLOWS.join(', ')} (default block: the publisher waits)
  --window       how many tasks a collector is given before the first is done (default 64)
  --concurrency  how many it does at once (default 1)
  --pace         how long a task takes at least, in milliseconds (default 0)
  --ready-fd     a line is written there when it is ready
`;

/** What a command line asks for. */
export type Command = { readonly bus: string; readonly readyFd: number | undefined } & (
  | { readonly name: 'help' | 'stats' | 'demo' }
  | {
      readonly name: 'broker';
      readonly store: string | undefined;
      readonly heartbeatMs: number;
      readonly buffer: { readonly capacity: number; readonly overflow: Overflow };
    }
  | {
      readonly name: 'collector';
      readonly collector: string;
      readonly kinds: readonly CollectorKind[];
      readonly window: number;
      readonly concurrency: number;
      readonly paceMs: number;
      readonly isVerbose: boolean;
    }
  | { readonly name: 'request'; readonly topic: string; readonly payload: unknown; readonly to: string | undefined }
  | { readonly name: 'publish'; readonly topic: string; readonly payload: unknown }
  | { readonly name: 'subscribe'; readonly pattern: string; readonly group: string | undefined }
);

const OPTIONS = {
  bus: { type: 'string' },
  store: { type: 'string' },
  heartbeat: { type: 'string' },
  buffer: { type: 'string' },
  overflow: { type: 'string' },
  kind: { type: 'string' },
  name: { type: 'string' },
  window: { type: 'string' },
  concurrency: { type: 'string' },
  pace: { type: 'string' },
  verbose: { type: 'boolean' },
  to: { type: 'string' },
  group: { type: 'string' },
  'ready-fd': { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** @throws BusError INVALID_ARGUMENT with every mistake */
export function parseCommandLine(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command {
  const { values, positionals } = readArguments(argv);
  const [name, subject, json] = positionals;
  const mistakes: string[] = [];
  const count = (option: string, text: string | undefined, fallback: number, least = 1): number => {
    const value = text === undefined ? fallback : Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      mistakes.push(`--${option} must be a whole number from ${least}, not ${JSON.stringify(text)}`);
    return value;
  };
  const choose = <T extends string>(option: string, text: string, choices: readonly T[]): T[] => {
    const found = choices.find((each) => each === text);
    if (found === undefined) mistakes.push(`--${option} must be of ${choices.join(', ')}, not ${JSON.stringify(text)}`);
    return found === undefined ? [] : [found];
  };
  const subjectOf = (what: string): string => {
    if (subject === undefined) mistakes.push(`${name} needs a ${what}`);
    return subject ?? '';
  };
  const payloadOf = (): unknown => {
    try {
      return json === undefined ? null : JSON.parse(json);
    } catch {
      mistakes.push(`${JSON.stringify(json)} is no JSON`);
      return null;
    }
  };
  const readyFd = values['ready-fd'] === undefined ? undefined : count('ready-fd', values['ready-fd'], 3, 3);
  const common = { bus: values.bus ?? environment['EVENT_BUS'] ?? 'default', readyFd };
  const build = (): Command => {
    if (values.help || name === undefined) return { ...common, name: 'help' };
    switch (name) {
      case 'broker': {
        const [overflow = 'block'] = choose('overflow', values.overflow ?? 'block', OVERFLOWS);
        const buffer = { capacity: count('buffer', values.buffer, 65_536), overflow };
        return {
          ...common,
          name,
          store: values.store,
          heartbeatMs: count('heartbeat', values.heartbeat, 10_000),
          buffer,
        };
      }
      case 'collector':
        return {
          ...common,
          name,
          collector: values.name ?? `${hostname()}-${process.pid}`,
          kinds: (values.kind ?? '').split(',').flatMap((kind) => choose('kind', kind, COLLECTOR_KINDS)),
          window: count('window', values.window, 64),
          concurrency: count('concurrency', values.concurrency, 1),
          paceMs: count('pace', values.pace, 0, 0),
          isVerbose: values.verbose === true,
        };
      case 'request':
        return { ...common, name, topic: subjectOf('topic'), payload: payloadOf(), to: values.to };
      case 'publish':
        return { ...common, name, topic: subjectOf('topic'), payload: payloadOf() };
      case 'subscribe':
        return { ...common, name, pattern: subjectOf('pattern'), group: values.group };
      case 'stats':
      case 'demo':
        return { ...common, name };
      default:
        mistakes.push(`There is no command ${JSON.stringify(name)}`);
        return { ...common, name: 'help' };
    }
  };
  const command = build();
  if (mistakes.length > 0) throw new BusError('INVALID_ARGUMENT', mistakes.join('; '));
  return command;
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
  } catch (cause) {
    throw new BusError('INVALID_ARGUMENT', messageOf(cause), { cause });
  }
}
