import type { SpawnPlace } from '../spawn-options.js';
import { createDescriptorCheck } from './ready-descriptor.js';
import { createFileCheck } from './ready-file.js';
import { createGrpcCheck } from './ready-grpc.js';
import { createHttpCheck } from './ready-http.js';
import { createListeningCheck } from './ready-listening.js';
import { createLogCheck } from './ready-log.js';
import { createNotifyCheck } from './ready-notify.js';
import type { ReadySpec } from './ready-spec.js';
import type { ReadyCheck } from './ready-target.js';

/** Where a program is started. */
export interface CheckPlace {
  readonly cwd: string;
  readonly in: SpawnPlace | undefined;
}

/** The check that a spec asks for; a new one for each start. @throws KernelError EMFILE */
export function createReadyCheck(spec: ReadySpec, place: CheckPlace): ReadyCheck {
  if (typeof spec === 'function') {
    return {
      description: spec.name === '' || spec.name === 'ready' ? 'its function' : `${spec.name}()`,
      wait: async (target, signal) => {
        await spec(target, signal);
      },
    };
  }
  if ('fd' in spec) return createDescriptorCheck(spec.fd);
  if ('notify' in spec) return createNotifyCheck(place.in);
  if ('listening' in spec) return createListeningCheck(spec.listening);
  if ('http' in spec) return createHttpCheck(new URL(spec.http), spec.status, place.in);
  if ('grpc' in spec) return createGrpcCheck(spec.grpc, place.in);
  if ('file' in spec) return createFileCheck(spec, place.cwd);
  return createLogCheck(spec.log);
}
