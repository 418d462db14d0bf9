import { spawn } from 'node:child_process';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { quote, UnsupportedError } from '../core/errors.js';
import { messageOf } from '../core/message-of.js';
import type { DockerApi, Engine } from './connect-engine.js';
import { ContainerError } from './container-error.js';
import type { ContainerImage } from './container-spec.js';
import type { Labels } from './labels.js';
import { writeTar } from './tar.js';

/** Where an image comes from, and who keeps it. */
export interface ImageRequest {
  readonly labels: Labels;
  readonly signal: AbortSignal;
  /** Is told that an image is pulled, which may take a while. */
  readonly onPull?: () => void;
}

/**
 * Makes sure that the engine has an image.
 *
 * @returns what it goes by there
 * @throws ContainerError `ERR_GLOVEBOX_CONTAINER_IMAGE` with what the engine wrote last
 */
export async function prepareImage({ api }: Engine, image: ContainerImage, request: ImageRequest): Promise<string> {
  if (typeof image === 'string') return pull(api, image, request);
  if ('busybox' in image) return importRootfs(api, Readable.from([packBusybox()]), '{ busybox: true }', request);
  if ('build' in image) return build(api, image.build, request);
  const stats = statSync(image.rootfs, { throwIfNoEntry: false });
  if (stats === undefined) throw fail(`The root file system ${quote(image.rootfs)} is not there`);
  const archive = stats.isDirectory() ? packFolder(image.rootfs) : createReadStream(image.rootfs);
  return importRootfs(api, archive, image.rootfs, request);
}

async function pull(api: DockerApi, name: string, { signal, onPull }: ImageRequest): Promise<string> {
  const isThere = await api
    .getImage(name)
    .inspect()
    .then(() => true)
    .catch(() => false);
  if (isThere) return name;
  onPull?.();
  try {
    const stream = await api.pull(name.includes(':') || name.includes('@') ? name : `${name}:latest`, {
      abortSignal: signal,
    });
    await follow(api, stream);
    return name;
  } catch (error) {
    throw fail(
      `The image ${quote(name)} is not there and cannot be pulled: ${messageOf(error)}. Check the name and the network, ` +
        'or use { build }, { rootfs } or { busybox: true }, which need no registry',
      { cause: error },
    );
  }
}

async function build(api: DockerApi, path: string, { labels, signal }: ImageRequest): Promise<string> {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const [folder, dockerfile] = isFile ? [dirname(path), basename(path)] : [path, 'Dockerfile'];
  if (statSync(join(folder, dockerfile), { throwIfNoEntry: false }) === undefined)
    throw fail(`There is no ${folder}/Dockerfile to build an image from`);
  const lines: string[] = [];
  try {
    const stream = await api.buildImage(packFolder(folder), {
      dockerfile,
      labels: { ...labels },
      forcerm: true,
      abortSignal: signal,
    });
    const progress = await follow(api, stream, lines);
    const id = progress.findLast(({ aux }) => aux?.ID !== undefined)?.aux?.ID;
    if (id !== undefined) return id;
  } catch (error) {
    throw fail(`${join(folder, dockerfile)} cannot be built: ${messageOf(error)}`, {
      cause: error,
      logTail: lines.slice(-20),
    });
  }
  throw fail(`The engine built ${path}, and did not say what image that is`, { logTail: lines.slice(-20) });
}

async function importRootfs(
  api: DockerApi,
  archive: Readable,
  name: string,
  { labels, signal }: ImageRequest,
): Promise<string> {
  const changes = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`);
  changes.push('ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
  if (name === '{ busybox: true }') changes.push('CMD ["/bin/sleep", "2147483647"]');
  try {
    const stream = await api.importImage(archive, { changes, abortSignal: signal });
    const progress = await follow(api, stream);
    const id = progress.findLast(({ status }) => status?.startsWith('sha256:'))?.status;
    if (id !== undefined) return id;
  } catch (error) {
    throw fail(`No image can be made from ${name}: ${messageOf(error)}`, { cause: error });
  }
  throw fail(`The engine took ${name}, and did not say what image that is`);
}

interface Progress {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
  readonly aux?: { readonly ID?: string };
}

function follow(api: DockerApi, stream: NodeJS.ReadableStream, lines: string[] = []): Promise<readonly Progress[]> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, output: readonly Progress[]): void => {
      const failure = error?.message ?? output.find((each) => each.error !== undefined)?.error;
      if (failure === undefined) resolve(output);
      else reject(error ?? new Error(failure));
    };
    api.modem.followProgress(stream, done, (each: Progress) => {
      if (each.stream !== undefined) lines.push(...each.stream.split('\n').filter((line) => line !== ''));
    });
  });
}

/** As tar(1) packs it: owners, links and devices as they are. */
function packFolder(folder: string): Readable {
  const tar = spawn('tar', ['--create', '--numeric-owner', '--directory', folder, '.'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  tar.once('error', (error) => tar.stdout.destroy(error));
  tar.once('exit', (code) => {
    // 1: a file changed while it was read.
    if (code !== 0 && code !== 1)
      tar.stdout.destroy(new Error(`tar cannot pack ${folder}: it exited with code ${code}`));
  });
  return tar.stdout;
}

const APPLETS = ['sh', 'sleep', 'cat', 'echo', 'ls', 'nc', 'httpd', 'wget', 'ping', 'ip', 'ps', 'kill', 'id', 'env'];
const MORE_APPLETS = [
  'true',
  'false',
  'mkdir',
  'rm',
  'cp',
  'mv',
  'grep',
  'sed',
  'head',
  'tail',
  'wc',
  'touch',
  'stat',
  'dd',
  'seq',
];

/** @throws UnsupportedError where /bin/busybox is missing, or needs libraries */
function packBusybox(): Buffer {
  let busybox: Buffer;
  try {
    busybox = readFileSync('/bin/busybox');
  } catch (error) {
    throw noBusybox('there is no /bin/busybox', error);
  }
  if (hasInterpreter(busybox)) throw noBusybox('/bin/busybox is not linked statically');
  const folders = ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev', 'root'];
  const names = [...APPLETS, ...MORE_APPLETS];
  return writeTar([
    ...folders.map((path) => ({ path: `${path}/`, isFolder: true, mode: path === 'tmp' ? 0o1777 : 0o755 })),
    { path: 'bin/busybox', content: busybox, mode: 0o755 },
    ...names.map((name) => ({ path: `bin/${name}`, link: 'busybox', mode: 0o777 })),
    {
      path: 'etc/passwd',
      content: Buffer.from('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n'),
    },
    { path: 'etc/group', content: Buffer.from('root:x:0:\nnogroup:x:65534:\n') },
  ]);
}

/** Whether an ELF file of 64 bits is linked with libraries, which a container would not have: elf(5), PT_INTERP. */
function hasInterpreter(elf: Buffer): boolean {
  const offset = Number(elf.readBigUInt64LE(32));
  const [size, count] = [elf.readUInt16LE(54), elf.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => elf.readUInt32LE(offset + index * size)).includes(3);
}

function noBusybox(reason: string, cause?: unknown): UnsupportedError {
  return new UnsupportedError({ capability: 'busybox', reason, fix: 'apt-get install busybox-static' }, { cause });
}

function fail(message: string, details: { readonly cause?: unknown; readonly logTail?: readonly string[] } = {}) {
  return new ContainerError('ERR_GLOVEBOX_CONTAINER_IMAGE', { message, ...details });
}
