import { createHash } from 'node:crypto';
import { FaasError } from '../errors.ts';
import type { Archive } from './archive.ts';
import { digestOfBlob, verifyBlob, verifyDiffId } from './verify.ts';

/** What an image says about itself. */
export interface Image {
  /** That of the contents of its configuration and its layers: two images of one digest are the same. */
  readonly digest: string;
  /** Names in the archive, the lowest first. */
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: readonly string[];
  readonly workingDir: string;
}

/** What a handler runs: ENTRYPOINT, and CMD behind it. @throws FaasError INVALID_IMAGE when there is neither */
export function commandOf(image: Image, archive: string): readonly string[] {
  const command = [...image.entrypoint, ...image.cmd];
  if (command.length === 0)
    throw new FaasError('INVALID_IMAGE', `${archive} has neither ENTRYPOINT nor CMD, so there is nothing to run`);
  return command;
}

/**
 * Reads what `docker save` writes, or an OCI layout. Every digest that is named in it is compared with the content.
 *
 * @throws FaasError INVALID_IMAGE that says what is missing or wrong
 */
export async function readImage(archive: Archive): Promise<Image> {
  if (archive.has('manifest.json')) return readDocker(archive);
  if (archive.has('index.json')) return readOci(archive);
  throw new FaasError(
    'INVALID_IMAGE',
    `${archive.path} is no image: it has neither manifest.json (docker save) nor index.json (OCI layout)`,
  );
}

async function readDocker(archive: Archive): Promise<Image> {
  const what = 'the manifest';
  const manifests = archive.readJson('manifest.json', what);
  const manifest = pickOne(archive, 'manifest.json', manifests);
  const config = manifest['Config'];
  const layers = manifest['Layers'];
  if (typeof config !== 'string') throw wrong(archive, 'manifest.json', 'Config must be a string', config);
  if (!isStrings(layers)) throw wrong(archive, 'manifest.json', 'Layers must be an array of strings', layers);
  return readConfig(
    archive,
    { name: config, digest: digestInName(config) },
    layers.map((name) => ({ name, digest: digestInName(name) })),
  );
}

async function readOci(archive: Archive): Promise<Image> {
  const index = toRecord(archive, 'index.json', archive.readJson('index.json', 'the index'));
  const descriptor = pickOne(archive, 'index.json: manifests', index['manifests']);
  const what = 'the manifest';
  const { name, digest } = toBlob(archive, 'index.json', descriptor);
  await verifyBlob(archive, name, digest, what);
  const manifest = toRecord(archive, name, archive.readJson(name, what));
  const layers = manifest['layers'];
  if (!Array.isArray(layers)) throw wrong(archive, name, 'layers must be an array', layers);
  const config = toBlob(archive, `${name}: config`, toRecord(archive, name, manifest['config']));
  const blobs = layers.map((each) => toBlob(archive, `${name}: layers`, toRecord(archive, name, each)));
  return readConfig(archive, config, blobs);
}

async function readConfig(archive: Archive, { name, digest }: Blob, layers: readonly Blob[]): Promise<Image> {
  const what = 'the configuration';
  if (digest !== undefined) await verifyBlob(archive, name, digest, what);
  const content = toRecord(archive, name, archive.readJson(name, what));
  const config = toRecord(archive, name, content['config'] ?? {});
  for (const layer of layers)
    if (!archive.has(layer.name))
      throw new FaasError('INVALID_IMAGE', `${archive.path} has no ${layer.name}, which its manifest names as a layer`);
  for (const layer of layers)
    if (layer.digest !== undefined) await verifyBlob(archive, layer.name, layer.digest, 'a layer');
  const diffIds = readDiffIds(archive, name, content, layers.length);
  for (const [index, diffId] of diffIds.entries()) await verifyDiffId(archive, layers[index]?.name ?? '', diffId);
  const contents = [await digestOfBlob(archive, name, what)];
  for (const layer of layers) contents.push(await digestOfBlob(archive, layer.name, 'a layer'));
  const list = (key: string): readonly string[] => {
    const value = config[key] ?? [];
    if (!isStrings(value)) throw wrong(archive, name, `config.${key} must be an array of strings`, value);
    return value;
  };
  const workingDir = config['WorkingDir'];
  return {
    digest: createHash('sha256').update(contents.join()).digest('hex'),
    layers: layers.map((layer) => layer.name),
    entrypoint: list('Entrypoint'),
    cmd: list('Cmd'),
    env: list('Env'),
    workingDir: typeof workingDir === 'string' && workingDir !== '' ? workingDir : '/',
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** A file of an archive, and what its content has to be, where that is said. */
interface Blob {
  readonly name: string;
  readonly digest: string | undefined;
}

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** `docker save` has had several ways to call a file by its digest; old layers, `<id>/layer.tar`, have none. */
function digestInName(name: string): string | undefined {
  const [, algorithm = 'sha256', hex] = /^(?:blobs\/([^/]+)\/)?([0-9a-f]+)(?:\.json|\.tar)?$/.exec(name) ?? [];
  const digest = `${algorithm}:${hex}`;
  return DIGEST.test(digest) ? digest : undefined;
}

/** What the layers are when they are plain, as the configuration says; nothing where it does not. */
function readDiffIds(archive: Archive, name: string, content: Fields, layerCount: number): readonly string[] {
  const { diff_ids: diffIds } = toRecord(archive, name, content['rootfs'] ?? {}) as { diff_ids?: unknown };
  if (diffIds === undefined) return [];
  if (!isStrings(diffIds) || !diffIds.every((each) => DIGEST.test(each)))
    throw wrong(archive, name, 'rootfs.diff_ids must be an array of digests as sha256:…', diffIds);
  if (diffIds.length === layerCount) return diffIds;
  throw wrong(archive, name, `rootfs.diff_ids must name each of ${layerCount} layers`, diffIds);
}

function pickOne(archive: Archive, where: string, value: unknown): Fields {
  if (!Array.isArray(value)) throw wrong(archive, where, 'it must be an array', value);
  if (value.length === 1) return toRecord(archive, where, value[0]);
  throw new FaasError('INVALID_IMAGE', `${where} of ${archive.path} must name one image; it names ${value.length}`);
}

function toBlob(archive: Archive, where: string, descriptor: Fields): Blob & { readonly digest: string } {
  const { digest } = descriptor as { digest?: unknown };
  if (typeof digest !== 'string' || !DIGEST.test(digest))
    throw wrong(archive, where, 'digest must be as sha256:…', digest);
  return { name: `blobs/${digest.replace(':', '/')}`, digest };
}

function toRecord(archive: Archive, where: string, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(archive, where, 'it must be an object', value);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function wrong(archive: Archive, where: string, expected: string, received: unknown): FaasError {
  const shown = JSON.stringify(received) ?? 'nothing';
  return new FaasError('INVALID_IMAGE', `${where} of ${archive.path} is wrong: ${expected}; received ${shown}`);
}
