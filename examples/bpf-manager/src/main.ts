import { parseArgs } from 'node:util';
import { loadDriver } from './driver.js';
import { messageOf } from './errors.js';
import { startServer } from './server.js';
import { openDatabase } from './store/schema.js';
import { SqliteStore } from './store/sqlite-store.js';

const USAGE = `usage: bpf-manager --driver MODULE [--address ADDRESS] [--database FILE] [--root DIRECTORY]

  --driver    a module that exports createDriver(): { kernel, interfaces }, both as glovebox/kernel describes them.
              README.md shows one for Linux, in six lines
  --address   where to listen (default unix:/run/bpf-manager.sock)
  --database  where to keep account (default: in memory, gone when the server stops)
  --root      a directory on a bpffs for the pins (default /sys/fs/bpf/bpf-manager)
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      driver: { type: 'string' },
      address: { type: 'string', default: 'unix:/run/bpf-manager.sock' },
      database: { type: 'string' },
      root: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { driver: specifier, address, database: file, root } = values;
  if (values.help || specifier === undefined) {
    process[values.help ? 'stdout' : 'stderr'].write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const driver = await loadDriver(specifier);
  const database = openDatabase(file);
  const store = new SqliteStore(database);
  const server = await startServer({
    ...driver,
    store,
    address,
    repair: true,
    ...(root === undefined ? {} : { root }),
  });
  for (const { kind, subject, detail } of server.findings) {
    process.stderr.write(`bpf-manager: ${kind}: ${subject}: ${detail}\n`);
  }
  process.stdout.write(`bpf-manager listens on ${server.address}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close().then(() => database.close(), fail);
    });
  }
}

function fail(error: unknown): void {
  process.stderr.write(`bpf-manager: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

main().catch(fail);
