import { systemClock } from '../../../src/clock.ts';
import { parseCommandLine } from '../../../src/command-line.ts';
import { Coordinator, type CoordinatorOptions } from '../../../src/coordinator/coordinator.ts';
import { CoordinatorServer } from '../../../src/coordinator/server.ts';
import { Store } from '../../../src/coordinator/store.ts';
import { createLog } from '../../../src/log.ts';

/** A coordinator of which a part is another one. Its command line is that of the fleet's own. */
export async function runCoordinator(parts: Partial<CoordinatorOptions>, StoreKind = Store): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2), process.env);
  if (command.name !== 'coordinator') throw new TypeError('it is a coordinator');
  const { store: file, port, host: _host, ...options } = command;
  const store = new StoreKind(file, systemClock);
  const log = createLog('coordinator');
  await CoordinatorServer.listen(new Coordinator({ ...options, store, clock: systemClock, log, ...parts }), { port });
}
