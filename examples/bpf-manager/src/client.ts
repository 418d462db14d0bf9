import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { loadService } from './service/definition.js';
import type { MethodName, ProgramDefinitionMessage, Request, Response } from './service/messages.js';

/** A message of which any field may be left out. */
type Sparse<T> = T extends readonly (infer Item)[]
  ? readonly Sparse<Item>[]
  : T extends Uint8Array | string | number | boolean
    ? T
    : { readonly [K in keyof T]?: Sparse<T[K]> };

/** A program to load. What is left out is empty, or not given. */
export type ProgramInput = Sparse<ProgramDefinitionMessage>;

/** Where to attach: one of the targets. */
export type TargetInput = Omit<Sparse<Request<'Attach'>>, 'programId'>;

/** A request that the server refused. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** The name of the gRPC status: `NOT_FOUND`. */
  readonly status: string;

  constructor({ code, details }: ServiceError) {
    super(details);
    this.status = status[code];
  }
}

/** Talks to a manager's server. A request that is refused rejects with a {@link RequestError}. */
export class ManagerClient implements Disposable {
  readonly #client: Client;
  readonly #service = loadService().service;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
  }

  async load(...programs: readonly ProgramInput[]): Promise<Response<'Load'>['programs']> {
    return (await this.#call('Load', { programs })).programs;
  }

  async unload(id: number): Promise<Response<'Unload'>> {
    return await this.#call('Unload', { id });
  }

  async attach(programId: number, target: TargetInput): Promise<Response<'Attach'>> {
    return await this.#call('Attach', { programId, ...target });
  }

  async detach(linkId: number): Promise<Response<'Detach'>> {
    return await this.#call('Detach', { linkId });
  }

  async list(filter: Sparse<Request<'List'>> = {}): Promise<Response<'List'>['programs']> {
    return (await this.#call('List', filter)).programs;
  }

  async get(id: number): Promise<Response<'Get'>['program']> {
    return (await this.#call('Get', { id })).program;
  }

  async reconcile(options: Sparse<Request<'Reconcile'>> = {}): Promise<Response<'Reconcile'>> {
    return await this.#call('Reconcile', options);
  }

  close(): void {
    this.#client.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #call<M extends MethodName>(method: M, request: Sparse<Request<M>>): Promise<Response<M>> {
    const definition = this.#service[method];
    if (!definition) throw new Error(`the service has no method ${method}`);
    const { path, requestSerialize } = definition;
    // The definition is read at run time, so what the answer looks like is this file's promise, kept by the proto file.
    const deserialize = (bytes: Buffer): Response<M> => definition.responseDeserialize(bytes) as Response<M>;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, requestSerialize, deserialize, request, (error, response) => {
        if (error) reject(new RequestError(error));
        else if (response) resolve(response);
        else reject(new Error(`${method} was not answered`));
      });
    });
  }
}
