import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Where docker(1) goes when nothing else is said. */
export interface DockerContext {
  readonly name: string;
  /** `unix:///home/me/.docker/run/docker.sock` */
  readonly host: string;
}

/** The context that `docker context use` has chosen; `undefined` for that of the usual socket. */
export function findContext(
  folder: string = process.env['DOCKER_CONFIG'] || join(homedir(), '.docker'),
): DockerContext | undefined {
  const name = process.env['DOCKER_CONTEXT'] || readField(join(folder, 'config.json'), 'currentContext');
  if (name === undefined || name === 'default') return undefined;
  // docker/cli, cli/context/store: the folder of a context goes by the digest of its name.
  const digest = createHash('sha256').update(name).digest('hex');
  const host = readField(join(folder, 'contexts/meta', digest, 'meta.json'), 'Endpoints', 'docker', 'Host');
  return host === undefined ? undefined : { name, host };
}

/** A text in a JSON file, by the names that lead to it. */
function readField(path: string, ...names: readonly string[]): string | undefined {
  try {
    let value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    for (const name of names) value = Reflect.get(Object(value), name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}
