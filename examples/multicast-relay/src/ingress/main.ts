// The ingress worker: a process that the supervisor starts.
import { SharedMemory } from '../system/shared-memory.ts';
import { Counters, INGRESS_COUNTERS } from '../worker/counters.ts';
import { MEMORY_FD, runWorker } from '../worker/worker-loop.ts';
import { WORKER_MEMORY_BYTES } from '../worker/worker-memory.ts';
import { Ingress } from './ingress.ts';

const memory = new SharedMemory(MEMORY_FD, WORKER_MEMORY_BYTES);
runWorker((report) => new Ingress(new Counters(memory.buffer, INGRESS_COUNTERS), report));
