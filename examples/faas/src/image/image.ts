import { createHash } from 'node:crypto';
import { FaasError } from '../errors.ts';
import type { Archive } from './archive.ts';

/** What an image says about itself. */
export interface Image {
  /** That of its configuration: two images of one digest are the same. */
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

/** Reads what `docker save` writes, or an OCI layout. @throws FaasError INVALID_IMAGE that says what is missing or wrong */
export function readImage(archive: Archive): Image {
  if (archive.has('manifest.json')) return readDocker(archive);
  if (archive.has('index.json')) return readOci(archive);
  throw new FaasError(
    'INVALID_IMAGE',
    `${archive.path} is no image: it has neither manifest.json (docker save) nor index.json (OCI layout)`,
  );
}

function readDocker(archive: Archive): Image {
  const what = 'the manifest';
  const manifests = archive.readJson('manifest.json', what);
  const manifest = pickOne(archive, 'manifest.json', manifests);
  const config = manifest['Config'];
  const layers = manifest['Layers'];
  if (typeof config !== 'string') throw wrong(archive, 'manifest.json', 'Config must be a string', config);
  if (!isStrings(layers)) throw wrong(archive, 'manifest.json', 'Layers must be an array of strings', layers);
  return readConfig(archive, config, layers);
}

function readOci(archive: Archive): Image {
  const index = toRecord(archive, 'index.json', archive.readJson('index.json', 'the index'));
  const descriptor = pickOne(archive, 'index.json: manifests', index['manifests']);
  const name = toBlob(archive, 'index.json', descriptor);
  const manifest = toRecord(archive, name, archive.readJson(name, 'the manifest'));
  const layers = manifest['layers'];
  if (!Array.isArray(layers)) throw wrong(archive, name, 'layers must be an array', layers);
  const config = toBlob(archive, `${name}: config`, toRecord(archive, name, manifest['config']));
  const blobs = layers.map((each) => toBlob(archive, `${name}: layers`, toRecord(archive, name, each)));
  return readConfig(archive, config, blobs);
}

function readConfig(archive: Archive, name: string, layers: readonly string[]): Image {
  const content = archive.readJson(name, 'the configuration');
  const config = toRecord(archive, name, toRecord(archive, name, content)['config'] ?? {});
  for (const layer of layers)
    if (!archive.has(layer))
      throw new FaasError('INVALID_IMAGE', `${archive.path} has no ${layer}, which its manifest names as a layer`);
  const list = (key: string): readonly string[] => {
    const value = config[key] ?? [];
    if (!isStrings(value)) throw wrong(archive, name, `config.${key} must be an array of strings`, value);
    return value;
  };
  const workingDir = config['WorkingDir'];
  return {
    digest: createHash('sha256')
      .update(JSON.stringify([content, layers]))
      .digest('hex'),
    layers,
    entrypoint: list('Entrypoint'),
    cmd: list('Cmd'),
    env: list('Env'),
    workingDir: typeof workingDir === 'string' && workingDir !== '' ? workingDir : '/',
  };
}

type Fields = Readonly<Record<string, unknown>>;

function pickOne(archive: Archive, where: string, value: unknown): Fields {
  if (!Array.isArray(value)) throw wrong(archive, where, 'it must be an array', value);
  if (value.length === 1) return toRecord(archive, where, value[0]);
  throw new FaasError('INVALID_IMAGE', `${where} of ${archive.path} must name one image; it names ${value.length}`);
}

function toBlob(archive: Archive, where: string, descriptor: Fields): string {
  const { digest } = descriptor as { digest?: unknown };
  const [, algorithm, hex] = /^(sha256|sha512):([0-9a-f]{64,128})$/.exec(String(digest)) ?? [];
  if (algorithm === undefined) throw wrong(archive, where, 'digest must be as sha256:…', digest);
  return `blobs/${algorithm}/${hex}`;
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
