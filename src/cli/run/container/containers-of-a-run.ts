import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { AttachedContainer, type AttachedExit, type TerminalSize } from '../../../container/attached-container.js';
import type { Engine } from '../../../container/connect-engine.js';
import { ContainerError } from '../../../container/container-error.js';
import { type Lifetime, openLifetime } from '../../../container/lifetime.js';
import { prepareImage } from '../../../container/prepare-image.js';
import { readFirstFile } from '../../../container/tar.js';
import { quote, UnsupportedError } from '../../../core/errors.js';
import { createTempFolder } from '../../../process/journal/temp-folder.js';
import { findProject } from '../root/find-project.js';
import { planEnvironmentElsewhere, planRootEnvironment } from '../root/root-environment.js';
import { planImageEnvironment, planImageFolders } from './image-folders.js';
import { planMachineFiles, REFUSAL, REFUSED, writeMachineRoot } from './machine-files.js';
import type { ContainerRequest } from './read-container-flags.js';
import { planRights } from './rights.js';

/** What a container is made for. */
export interface ContainerPlan extends Omit<ContainerRequest, 'image'> {
  readonly command: readonly string[];
  /** Whole paths. */
  readonly writable: readonly string[];
  /** Variables of the environment beside the usual. */
  readonly keep: readonly string[];
  /** @defaultValue the nearest folder above with .git, else with package.json */
  readonly project?: string;
  readonly terminal?: TerminalSize;
  readonly signal: AbortSignal;
}

/** Runs something with a lifetime of its own. What cannot be removed is told of, and is no reason to hide how the command ended. */
export async function withLifetime<T>(engine: Engine, run: (lifetime: Lifetime) => Promise<T>): Promise<T> {
  const lifetime = await openLifetime(engine);
  try {
    return await run(lifetime);
  } finally {
    await lifetime
      .remove()
      .catch((error: unknown) => console.error(`glovebox run: ${error instanceof Error ? error.message : error}`));
  }
}

const MOUNTING = 'SYS_ADMIN';

/** Makes a container with the files of this machine, in the folder of this process. */
export async function createWithMachineFiles(
  engine: Engine,
  { labels }: Lifetime,
  plan: ContainerPlan,
): Promise<AttachedContainer> {
  const { command, writable, capabilities, isPrivileged, keep, terminal, signal, memoryMiB } = plan;
  using folder = createTempFolder();
  const image = await prepareImage(engine, { rootfs: writeMachineRoot(folder.path) }, { labels, signal });
  const keepsMounting = isPrivileged || capabilities.some((name) => name === MOUNTING || name === 'ALL');
  const size = terminal === undefined ? {} : { terminal };
  return AttachedContainer.create(engine, {
    ...planMachineFiles({ command, cwd: process.cwd(), writable, keepsMounting, ...size }),
    ...size,
    image,
    labels,
    env: planEnvironmentElsewhere(process.env, keep),
    ...planRights(plan, engine),
    addCapabilities: [...new Set([...capabilities, MOUNTING])],
    // AppArmor's profile of containers forbids to mount, and SELinux to see files that are not labelled for them.
    securityOptions: ['apparmor=unconfined', 'label=disable'],
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
  });
}

/** @throws UnsupportedError with the reason, when this machine's files could not be laid out for the command */
export async function checkThatFilesWereLaid(container: AttachedContainer, { code }: AttachedExit): Promise<void> {
  if (code !== REFUSED) return;
  const archive = await container.readArchive(REFUSAL);
  const reason = archive === undefined ? '' : (readFirstFile(archive)?.toString().trim() ?? '');
  if (reason === '') return;
  throw new UnsupportedError({
    capability: 'glovebox run --as container without an image',
    reason: `this machine's files cannot be shown to a container: ${reason}`,
    fix: 'name an image (--image debian:12) or build one (--build .), or use a virtual machine (--as vm)',
  });
}

/** Makes a container of an image, which sees the project where the engine is this machine's. */
export async function createOfImage(
  engine: Engine,
  { labels }: Lifetime,
  plan: ContainerPlan & Required<Pick<ContainerRequest, 'image'>>,
): Promise<AttachedContainer> {
  const { command, writable, keep, terminal, signal, memoryMiB } = plan;
  const onPull = (): void => console.error(`glovebox run: pulling ${plan.image}`);
  const image = await prepareImage(engine, plan.image, { labels, signal, onPull }).catch((error: unknown) => {
    throw inWordsOfFlags(error, plan.image);
  });
  const { mounts, workingFolder } = engine.isLocal
    ? planImageFolders(process.cwd(), findProjectOf(plan), writable)
    : { mounts: [], workingFolder: undefined };
  return AttachedContainer.create(engine, {
    command,
    image,
    labels,
    mounts,
    env: planImageEnvironment(planRootEnvironment(process.env, keep), keep),
    ...planRights(plan, engine),
    securityOptions: mounts.length === 0 ? [] : ['label=disable'],
    ...(workingFolder === undefined ? {} : { workingFolder }),
    ...(terminal === undefined ? {} : { terminal }),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
  });
}

/** The project of a run: what was named, or what this process's folder is part of. */
export function findProjectOf({ project }: Pick<ContainerPlan, 'project'>): string | undefined {
  return project === undefined ? findProject(process.cwd()) : realpathSync(resolve(project));
}

/** The same, with the fix that a command line has. */
function inWordsOfFlags(error: unknown, image: ContainerRequest['image']): unknown {
  if (!(error instanceof ContainerError && typeof image === 'string' && error.cause instanceof Error)) return error;
  const { cause } = error;
  const message = `The image ${quote(image)} is not there and cannot be pulled: ${cause.message.trim()}. Check the name and the network, or build an image: --build <folder>`;
  return new ContainerError('ERR_GLOVEBOX_CONTAINER_IMAGE', { message, cause });
}

/** Where an engine is not this machine's, it has none of its files. @throws UnsupportedError */
export function refuseRemote(
  { isLocal, address }: Pick<Engine, 'isLocal' | 'address'>,
  { image, writable }: Pick<ContainerRequest, 'image' | 'writable'>,
): void {
  if (isLocal || (image !== undefined && writable.length === 0)) return;
  const instead = image === undefined ? 'name an image with --image or --build' : 'leave --writable away';
  throw new UnsupportedError({
    capability: image === undefined ? 'glovebox run --as container without an image' : '--writable',
    reason: `the engine at ${address} is remote, and sees no file of this machine`,
    fix: `${instead}, or use an engine of this machine: unset DOCKER_HOST`,
  });
}
