// The egress worker: a process that the supervisor starts.
import { SharedMemory } from '../system/shared-memory.ts';
import { Counters, EGRESS_COUNTERS } from '../worker/counters.ts';
import { MEMORY_FD, runWorker } from '../worker/worker-loop.ts';
import { JOURNAL_OFFSET, WORKER_MEMORY_BYTES } from '../worker/worker-memory.ts';
import { Egress } from './egress.ts';
import { SendJournal } from './send-journal.ts';

const memory = new SharedMemory(MEMORY_FD, WORKER_MEMORY_BYTES);
const journal = new SendJournal(memory.buffer, JOURNAL_OFFSET);
runWorker((report) => new Egress(new Counters(memory.buffer, EGRESS_COUNTERS), journal, report));
