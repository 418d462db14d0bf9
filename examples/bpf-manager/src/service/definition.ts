import { fileURLToPath } from 'node:url';
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO_FILE = fileURLToPath(new URL('../../proto/manager.proto', import.meta.url));

let service: ServiceClientConstructor | undefined;

/** The service's definition, read once; it is both the server's description and the client's constructor. */
export function loadService(): ServiceClientConstructor {
  service ??= readService();
  return service;
}

function readService(): ServiceClientConstructor {
  const definition = loadSync(PROTO_FILE, {
    enums: String,
    longs: Number,
    defaults: true,
    arrays: true,
    objects: true,
  });
  const found = ['bpfmanager', 'v1', 'BpfManager'].reduce<GrpcObject[string] | undefined>(
    (parent, name) => (isNamespace(parent) ? parent[name] : undefined),
    loadPackageDefinition(definition),
  );
  if (typeof found !== 'function') throw new Error(`${PROTO_FILE} does not define bpfmanager.v1.BpfManager`);
  return found;
}

function isNamespace(value: GrpcObject[string] | undefined): value is GrpcObject {
  return typeof value === 'object' && !('format' in value);
}
