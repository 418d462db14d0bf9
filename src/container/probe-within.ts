import { UnsupportedError } from '../core/errors.js';
import { parseSockets, type SocketEntry, type SocketProtocol } from '../process/proc/socket-table.js';
import type { Container } from './container.js';

// Of a container whose processes this machine does not see, a program of its image tells what is asked.

/** Whether something listens at a port of a container, by the kernel's own files. @throws UnsupportedError */
export async function listenWithin(
  container: Container,
  place: { readonly tcp: number } | { readonly udp: number },
): Promise<() => Promise<boolean>> {
  const [protocols, port]: readonly [readonly SocketProtocol[], number] =
    'tcp' in place ? [['tcp', 'tcp6'], place.tcp] : [['udp', 'udp6'], place.udp];
  await requireProgram(container, [['cat']], `ready.${protocols[0]}`);
  const read = async (protocol: SocketProtocol): Promise<readonly SocketEntry[]> => {
    // Without IPv6 there is no file of it.
    const { stdout } = await container.run('cat', [`/proc/net/${protocol}`], { allowFailure: true });
    return parseSockets(protocol, stdout);
  };
  return async () => {
    const sockets = (await Promise.all(protocols.map(read))).flat();
    return sockets.some(({ localPort, state }) => localPort === port && ('udp' in place || state === 'listen'));
  };
}

/** What a server answers a program of the container: a status, or why there is none. @throws UnsupportedError */
export async function askWithin(container: Container, url: URL): Promise<() => Promise<number | string>> {
  const programs = [
    [
      'curl',
      '--silent',
      '--show-error',
      '--max-time',
      '1',
      '--output',
      '/dev/null',
      '--write-out',
      'HTTP/ %{http_code}',
    ],
    // Not every one knows how to give up in time.
    ['wget', '-S', '-O', '/dev/null'],
  ];
  const program = await requireProgram(container, programs, 'ready.http');
  return async () => {
    const [name = '', ...args] = program;
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const { stdout, stderr } = await container.run(name, [...args, url.href], { allowFailure: true, signal });
    return readStatus(`${stdout}\n${stderr}`);
  };
}

/** The last status that was written; without one, the last line. */
export function readStatus(text: string): number | string {
  const lines = text.split('\n').map((line) => line.trim());
  const status = lines.findLast((line) => /^HTTP\/\S* [1-5]\d\d/.test(line))?.split(' ')[1];
  return status === undefined ? (lines.findLast((line) => line !== '') ?? 'nothing') : Number(status);
}

/** How long one answer may take, and the program that asks for it. */
const ANSWER_TIMEOUT_MS = 5000;
/** What an engine says of a program that it cannot execute, as a shell does. */
const NOT_THERE = [126, 127];

/** The first that is there. @throws UnsupportedError */
async function requireProgram(container: Container, commands: readonly (readonly string[])[], what: string) {
  for (const command of commands) {
    const [name = ''] = command;
    const { code } = await container.run(name, ['--help'], { allowFailure: true });
    if (!NOT_THERE.includes(code)) return command;
  }
  const names = commands.map(([name]) => name).join(' and no ');
  throw new UnsupportedError({
    capability: 'local container',
    reason: `the engine runs containers where this machine does not see them, and the image has no ${names}, by which ${what} is asked in one`,
    fix: 'wait for a line of its log, its health check or its exit, or use an engine of this machine, as root',
  });
}
