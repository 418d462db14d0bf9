import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server, Socket } from 'node:net';
import { join } from 'node:path';
import { FaasError } from './errors.ts';
import { extractImage } from './image/extract-image.ts';
import { type RegisteredHandler, type RegisteredHandlers, Registry } from './registry/registry.ts';
import { writeBundle } from './runtime/bundle.ts';
import { chooseRuntime, type StartContainer } from './runtime/start-container.ts';
import { SupervisedHandler } from './runtime/supervised-handler.ts';
import { addAddress, listAddresses, removeAddress } from './system/loopback.ts';

/** Where a host keeps its things, and where it listens. */
export interface HostOptions {
  readonly stateDirectory: string;
  /** @defaultValue 8080 */
  readonly port?: number;
  /** The first two bytes of the addresses of handlers. @defaultValue '10.77' */
  readonly network?: string;
  /** What starts handlers: `own`, or a path of runc. @defaultValue runc where it is, and else `own` */
  readonly runtime?: string;
  /** Hears of handlers that are started again. @defaultValue nobody does */
  readonly onLog?: (line: string) => void;
}

const BUSY =
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 5\r\n\r\nbusy\n';

const LINGER_MS = 5000;

/** Runs handlers, each at an address of its own. */
export class Host {
  readonly #state: string;
  readonly #port: number;
  readonly #network: string;
  readonly #onLog: (line: string) => void;
  readonly #registry: Registry;
  readonly #start: StartContainer;
  readonly #running = new Map<string, AsyncDisposableStack>();

  private constructor({ stateDirectory, port = 8080, network = '10.77', runtime, onLog = () => {} }: HostOptions) {
    this.#start = chooseRuntime(runtime);
    this.#state = stateDirectory;
    this.#port = port;
    this.#network = network;
    this.#onLog = onLog;
    this.#registry = new Registry(join(stateDirectory, 'registry.json'));
  }

  /** Begins, and takes away what a host left that was killed. */
  static async open(options: HostOptions): Promise<Host> {
    const host = new Host(options);
    mkdirSync(join(host.#state, 'bundles'), { recursive: true });
    for (const name of readdirSync(join(host.#state, 'bundles'))) rmSync(host.#bundle(name), { recursive: true });
    for (const address of await listAddresses()) await removeAddress(address);
    await host.#registry.update(() => ({}));
    return host;
  }

  list(): RegisteredHandlers {
    return this.#registry.read();
  }

  /** Starts a handler; when it fails nothing of it is left. @throws FaasError */
  async deploy(name: string, archive: string): Promise<RegisteredHandler> {
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
      throw new FaasError('INVALID_ARGUMENT', `${JSON.stringify(name)} is no name: a-z, 0-9 and -, up to 63`);
    await using undo = new AsyncDisposableStack();
    if (this.#running.has(name))
      throw new FaasError('ALREADY_EXISTS', `There is a handler ${name} already; stop it first`);
    this.#running.set(name, undo);
    undo.defer(() => void this.#running.delete(name));
    const { image, rootfs } = await extractImage(archive, join(this.#state, 'rootfs'));
    const folder = this.#bundle(name);
    undo.defer(() => rmSync(folder, { recursive: true, force: true }));
    const bundle = writeBundle(folder, image, archive, rootfs);
    const handler = await this.#register(name, { port: this.#port, image: image.digest, rootfs, bundle: folder });
    undo.defer(() => this.#registry.update((all) => omit(all, name)).then(() => {}));
    await addAddress(handler.address);
    undo.defer(() => removeAddress(handler.address));
    const process = await SupervisedHandler.start(name, this.#start, bundle, takeBack, (why) =>
      this.#onLog(`handler ${name} is started again: ${why}`),
    );
    undo.defer(() => process.stop());
    const server = await listen(handler.address, this.#port, (fd) => process.pass(fd));
    undo.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
    this.#running.set(name, undo.move());
    return handler;
  }

  /** Ends a handler and takes away what it had, but for its root file system. @throws FaasError NOT_FOUND */
  async stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined || this.list()[name] === undefined)
      throw new FaasError('NOT_FOUND', `There is no handler ${name}`);
    await running.disposeAsync();
  }

  async close(): Promise<void> {
    for (const running of [...this.#running.values()]) await running.disposeAsync();
  }

  #bundle(name: string): string {
    return join(this.#state, 'bundles', name);
  }

  async #register(name: string, parts: Omit<RegisteredHandler, 'address'>): Promise<RegisteredHandler> {
    const all = await this.#registry.update((handlers) => {
      const used = new Set(Object.values(handlers).map(({ address }) => address));
      for (let number = 2; number < 65_535; number += 1) {
        const address = `${this.#network}.${number >> 8}.${number & 255}`;
        if (!used.has(address)) return { ...handlers, [name]: { ...parts, address } };
      }
      throw new FaasError('UNAVAILABLE', `Every address of ${this.#network} is taken`);
    });
    const handler = all[name];
    if (handler === undefined) throw new FaasError('INTERNAL', `${name} is not in its registry`);
    return handler;
  }
}

/** Accepts connections and gives them away. */
function listen(host: string, port: number, pass: (fd: number) => boolean): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ pauseOnConnect: true }, (connection) => {
      connection.on('error', () => {});
      const fd = descriptorOf(connection);
      if (fd !== undefined && pass(fd)) connection.destroy();
      else answerBusy(connection);
    });
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

/** Node has no name for it that is documented. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as { _handle?: { fd?: number } };
  return handle?.fd;
}

function takeBack(fd: number): void {
  answerBusy(new Socket({ fd, readable: true, writable: true }));
}

/** What it asked is read, so that it gets the answer, and its end is noticed; one that does not end is ended. */
function answerBusy(connection: Socket): void {
  connection.on('error', () => {});
  connection.setTimeout(LINGER_MS, () => connection.destroy());
  connection.resume().end(BUSY);
}

function omit(handlers: RegisteredHandlers, name: string): RegisteredHandlers {
  return Object.fromEntries(Object.entries(handlers).filter(([each]) => each !== name));
}
