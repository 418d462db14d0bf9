import {
  chmodSync,
  createWriteStream,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Header } from 'tar-stream';
import { FaasError, messageOf } from '../errors.ts';
import { decodeLayer } from './decode-layer.ts';
import { look, refuse, resolveInRoot, splitName } from './paths.ts';
import { readTar } from './tar.ts';

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** Puts a layer, plain or gzip, over what the layers below it left. @throws FaasError INVALID_IMAGE */
export async function extractLayer(layer: Readable, root: string): Promise<void> {
  /** What this layer wrote: a whiteout is about the layers below. */
  const written = new Set<string>();
  try {
    for await (const { header, content } of readTar(await decodeLayer(layer)))
      await place(header, content, root, written);
  } catch (error) {
    if (error instanceof FaasError) throw error;
    throw new FaasError('INVALID_IMAGE', `A layer cannot be extracted: ${messageOf(error)}`, { cause: error });
  }
}

async function place(header: Header, content: Readable, root: string, written: Set<string>): Promise<void> {
  const parts = splitName(header.name);
  const name = parts.at(-1);
  if (name === undefined) return;
  const path = resolveInRoot(root, parts);
  if (name === OPAQUE) {
    removeLower(join(path, '..'), written);
    return;
  }
  if (name.startsWith(WHITEOUT)) {
    const [hidden = ''] = splitName(name.slice(WHITEOUT.length));
    if (hidden === '') throw refuse(header.name, 'it is a whiteout of nothing');
    const target = join(path, '..', hidden);
    if (!written.has(target)) rmSync(target, { recursive: true, force: true });
    return;
  }
  const mode = header.mode & 0o7777;
  const old = look(path);
  const isFolder = header.type === 'directory';
  if (old !== undefined && !(isFolder && old.isDirectory())) rmSync(path, { recursive: true, force: true });
  switch (header.type) {
    case 'directory':
      if (old?.isDirectory() !== true) mkdirSync(path);
      break;
    case 'symlink':
      symlinkSync(header.linkname, path);
      break;
    case 'link':
      linkSync(resolveInRoot(root, splitName(header.linkname)), path);
      break;
    case 'file':
    case 'contiguous-file':
      await pipeline(content, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      break;
    default:
      // Devices are the host's to give.
      return;
  }
  for (let at = path; at !== root; at = join(at, '..')) written.add(at);
  if (header.type === 'link') return;
  if (process.getuid?.() === 0) lchownSync(path, header.uid, header.gid);
  // After the owner, whose change takes set-user-ID away.
  if (header.type !== 'symlink') chmodSync(path, mode);
}

/** Removes what is in a folder, but for what this layer wrote. */
function removeLower(folder: string, written: ReadonlySet<string>): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!written.has(path)) rmSync(path, { recursive: true, force: true });
    else if (entry.isDirectory()) removeLower(path, written);
  }
}
