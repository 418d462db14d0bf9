import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import { quote, UsageError } from '../core/errors.js';
import { messageOf } from '../core/message-of.js';
import { connectEngine, type Engine } from './connect-engine.js';
import { ContainerError } from './container-error.js';
import { type Lifetime, openLifetime } from './lifetime.js';

/** A network of the engine's, by which containers reach each other. It goes with its owner, as containers do. */
export interface ContainerNetwork extends AsyncDisposable {
  /** What a container's `network` takes. */
  readonly name: string;
  readonly id: string;
}

/** How a network is made. */
export interface ContainerNetworkOptions {
  /** Whether nothing outside of it can be reached. @defaultValue true */
  readonly isInternal?: boolean;
  /** Its addresses, such as `10.88.0.0/24`. @defaultValue the engine chooses */
  readonly subnet?: string;
}

/** A volume of the engine's, which is kept when a container ends. It goes with its owner, as containers do. */
export interface ContainerVolume extends AsyncDisposable {
  /** What a mount's `volume` takes. */
  readonly name: string;
}

/**
 * Makes a network for containers. Dispose of those that are in it first.
 *
 * @throws UsageError @throws UnsupportedError without testcontainers or an engine @throws ContainerError
 * `ERR_GLOVEBOX_CONTAINER_ENGINE` when the engine refuses, as it does where it may make no bridges
 *
 * @example
 * ```ts
 * await using network = await createContainerNetwork();
 * await using server = await startContainer({ image: 'nginx', network: network.name });
 * ```
 */
export async function createContainerNetwork(options: ContainerNetworkOptions = {}): Promise<ContainerNetwork> {
  checkOptions('createContainerNetwork', options);
  const { isInternal = true, subnet } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['isInternal', 'subnet']),
    ...(typeof isInternal === 'boolean' ? [] : [`isInternal must be true or false, not ${quote(isInternal)}`]),
    ...(subnet === undefined || /^[\da-f.:]+\/\d{1,3}$/i.test(String(subnet))
      ? []
      : [`subnet must be a prefix, such as "10.88.0.0/24", not ${quote(subnet)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError('createContainerNetwork', mistakes);
  return own('network', async ({ api }, { labels }) => {
    const name = `glovebox-${labels['glovebox.id']}`;
    const { id } = await api.createNetwork({
      Name: name,
      Internal: isInternal,
      Labels: { ...labels },
      ...(subnet === undefined ? {} : { IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] } }),
    });
    return { name, id };
  });
}

/**
 * Makes a volume for containers. Dispose of those that have it first.
 *
 * @throws UnsupportedError without testcontainers or an engine @throws ContainerError `ERR_GLOVEBOX_CONTAINER_ENGINE`
 *
 * @example
 * ```ts
 * await using volume = await createContainerVolume();
 * const mounts = [{ volume: volume.name, guest: '/data', writable: true }];
 * ```
 */
export async function createContainerVolume(): Promise<ContainerVolume> {
  return own('volume', async ({ api }, { labels }) => {
    const name = `glovebox-${labels['glovebox.id']}`;
    await api.createVolume({ Name: name, Labels: { ...labels } });
    return { name };
  });
}

/** Makes something with a lifetime of its own. */
async function own<T extends object>(
  what: string,
  make: (engine: Engine, lifetime: Lifetime) => Promise<T>,
): Promise<T & AsyncDisposable> {
  const engine = await connectEngine();
  const lifetime = await openLifetime(engine);
  let removing: Promise<void> | undefined;
  const dispose = (): Promise<void> => {
    removing ??= lifetime.remove();
    return removing;
  };
  try {
    return { ...(await make(engine, lifetime)), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    const message = `The engine cannot make the ${what}: ${messageOf(error)}`;
    throw new ContainerError('ERR_GLOVEBOX_CONTAINER_ENGINE', { message, cause: error });
  }
}
