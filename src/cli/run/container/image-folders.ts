import type { ContainerMount } from '../../../container/container-spec.js';
import { isWithin } from '../../../core/is-within.js';

/** Of every image: what is mounted over one of these hides what the image is made of. */
const OF_THE_SYSTEM = new Set(
  [
    '',
    'bin',
    'boot',
    'dev',
    'etc',
    'home',
    'lib',
    'lib64',
    'opt',
    'proc',
    'root',
    'run',
    'sbin',
    'sys',
    'tmp',
    'usr',
    'var',
  ].map((name) => `/${name}`),
);

/** What a container of an image has of this machine. */
export interface ImageFolders {
  readonly mounts: readonly ContainerMount[];
  /** @defaultValue what the image says */
  readonly workingFolder?: string;
}

/** The project, read-only at its own path, and the folders that the command may change. @param project - If there is one. */
export function planImageFolders(cwd: string, project: string | undefined, writable: readonly string[]): ImageFolders {
  const wanted = [
    ...(project === undefined || !isWithin(cwd, project) ? [cwd] : []),
    ...(project === undefined ? [] : [project]),
  ];
  const shown = wanted.filter((folder) => !OF_THE_SYSTEM.has(folder) && !writable.includes(folder));
  const isThere = [...shown, ...writable].some((folder) => isWithin(cwd, folder));
  return {
    mounts: [
      ...shown.map((path) => ({ host: path, guest: path })),
      ...writable.map((path) => ({ host: path, guest: path, writable: true })),
    ],
    ...(isThere ? { workingFolder: cwd } : {}),
  };
}

/** What names places of this machine, which an image has elsewhere, or not at all. */
const OF_THIS_MACHINE =
  /^(?:PATH|HOME|PWD|SHELL|TMPDIR|NODE_(?!ENV$)\w+|npm_\w+|XDG_\w+|DOCKER_HOST|CARGO_HOME|RUSTUP_HOME|GOPATH|GOROOT|GOCACHE)$/;

/** The environment of a command in an image: that of root, without what names places of this machine, unless it is asked for. */
export function planImageEnvironment(
  environment: Readonly<Record<string, string>>,
  keep: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !OF_THIS_MACHINE.test(name) || keep.includes(name)),
  );
}
