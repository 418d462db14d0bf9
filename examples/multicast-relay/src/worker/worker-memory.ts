import { JOURNAL_BYTES } from '../egress/send-journal.ts';
import { COUNTERS_BYTES } from './counters.ts';

/** The memory of a worker that the supervisor sees: its counters, then, of the egress worker, its journal. */
export const JOURNAL_OFFSET = COUNTERS_BYTES;
export const WORKER_MEMORY_BYTES = JOURNAL_OFFSET + JOURNAL_BYTES;
