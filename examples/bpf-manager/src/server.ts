import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Manager, type ManagerOptions } from './manager/manager.js';
import type { Finding } from './reconcile/finding.js';
import { loadService } from './service/definition.js';
import { createService } from './service/service.js';

export interface ServerOptions extends ManagerOptions {
  /** `unix:/run/bpf-manager.sock` or `127.0.0.1:50051`; port 0 means any that is free. */
  readonly address: string;
  /** Whether to mend what was interrupted, by a crash or a boot, before the first request. @defaultValue false */
  readonly repair?: boolean;
}

/** A server that listens. */
export interface RunningServer extends AsyncDisposable {
  readonly manager: Manager;
  /** Where clients find it. */
  readonly address: string;
  /** What there was to mend at the start; empty when that was not asked for. */
  readonly findings: readonly Finding[];
  /** Answers what was asked already, then stops. Programs stay loaded and attached. Safe to call twice. */
  close(): Promise<void>;
}

/** Starts a manager and serves it. @throws what the kernel says when the directories of pins cannot be made */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const manager = await Manager.open(options);
  const findings = options.repair ? (await manager.reconcile({ repair: true })).findings : [];
  const server = new Server();
  server.addService(loadService().service, createService(manager));
  const port = await bind(server, options.address);
  const address = options.address.startsWith('unix:') ? options.address : options.address.replace(/:0$/, `:${port}`);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= stop(server).then(() => manager.close());
    return closing;
  };
  return { manager, address, findings, close, [Symbol.asyncDispose]: close };
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.tryShutdown((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
