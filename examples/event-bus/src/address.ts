import { tmpdir } from 'node:os';
import { posix } from 'node:path';
import { BusError } from './errors.ts';

/** The machine that an address is for. */
export interface AddressPlace {
  /** @defaultValue this machine's */
  readonly platform?: NodeJS.Platform;
  /** @defaultValue that of this process */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** `sun_path` of unix(7) has room for 108 bytes with the NUL; macOS and the BSDs have 104. */
const LONGEST_PATH: Partial<Record<NodeJS.Platform, number>> = { linux: 107 };
const LONGEST_PATH_ELSEWHERE = 103;
const PIPES = '\\\\.\\pipe\\';

/**
 * Where the bus of a name listens: a Unix socket, or a named pipe on Windows. What is a path already stays as it is.
 *
 * @throws BusError INVALID_ARGUMENT for what can be no address here
 */
export function resolveAddress(
  name: string,
  { platform = process.platform, environment = process.env }: AddressPlace = {},
): string {
  const isPath = name.includes('/') || name.startsWith(PIPES);
  if (!isPath && !/^[A-Za-z0-9._-]{1,64}$/.test(name))
    throw new BusError('INVALID_ARGUMENT', `${JSON.stringify(name)} is neither a path nor a name (A-Z a-z 0-9 . _ -)`);
  if (platform === 'win32') return resolvePipe(name, isPath);
  if (name.startsWith(PIPES))
    throw new BusError('INVALID_ARGUMENT', `${name} is a named pipe of Windows; here it is the path of a socket`);
  const directory = environment['XDG_RUNTIME_DIR'] ?? posix.join(environment['TMPDIR'] ?? tmpdir(), 'event-bus');
  const path = isPath ? name : posix.join(directory, `${name}.sock`);
  const longest = LONGEST_PATH[platform] ?? LONGEST_PATH_ELSEWHERE;
  if (Buffer.byteLength(path) > longest)
    throw new BusError('INVALID_ARGUMENT', `The path of a socket has at most ${longest} bytes here: ${path}`);
  return path;
}

/** Whether something of that address stays in the file system when nobody listens there any more. */
export function isFile(address: string): boolean {
  return !address.startsWith(PIPES);
}

function resolvePipe(name: string, isPath: boolean): string {
  if (name.startsWith(PIPES)) return name;
  if (isPath)
    throw new BusError('INVALID_ARGUMENT', `On Windows a bus has a name, or a pipe as ${PIPES}bus; not ${name}`);
  return `${PIPES}event-bus-${name}`;
}
