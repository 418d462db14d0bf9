import { LosingInbox } from './parts.ts';
import { runCoordinator } from './run-coordinator.ts';

await runCoordinator({ createInbox: (snapshot) => new LosingInbox(snapshot) });
