import type { DockerApi } from './connect-engine.js';
import type { ContainerMount, ContainerSpec } from './container-spec.js';
import type { Labels } from './labels.js';

/** What the engine takes to create a container. */
export type CreateRequest = Parameters<DockerApi['createContainer']>[0];

/** A container as the engine is asked for it. @param image - What its image goes by there. */
export function planContainer(
  spec: Omit<ContainerSpec, 'image'>,
  image: string,
  labels: Labels,
): CreateRequest & { readonly HostConfig: NonNullable<CreateRequest['HostConfig']> } {
  const { command, env = {}, mounts = [], addCapabilities = [], dropCapabilities = [] } = spec;
  return {
    Image: image,
    ...(command === undefined ? {} : { Cmd: [...command] }),
    Env: listVariables(env),
    Labels: { ...labels },
    ...(spec.workingFolder === undefined ? {} : { WorkingDir: spec.workingFolder }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    HostConfig: {
      NetworkMode: spec.network ?? 'none',
      Mounts: mounts.map(planMount),
      CapAdd: [...addCapabilities],
      CapDrop: [...dropCapabilities],
      ...(spec.memoryMiB === undefined ? {} : { Memory: spec.memoryMiB * 2 ** 20 }),
      ...(spec.maxProcesses === undefined ? {} : { PidsLimit: spec.maxProcesses }),
    },
  };
}

/** Variables as the engine takes them. */
export function listVariables(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

function planMount(mount: ContainerMount) {
  const source =
    'volume' in mount
      ? { Type: 'volume' as const, Source: mount.volume }
      : { Type: 'bind' as const, Source: mount.host };
  return { ...source, Target: mount.guest, ReadOnly: mount.writable !== true };
}
