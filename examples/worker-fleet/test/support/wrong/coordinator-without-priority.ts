import { FifoQueue } from './parts.ts';
import { runCoordinator } from './run-coordinator.ts';

await runCoordinator({ pending: new FifoQueue() });
