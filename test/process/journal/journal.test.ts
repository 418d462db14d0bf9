import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { until } from '../../../src/core/until.js';
import { Journal } from '../../../src/process/journal/journal.js';
import { readOwner } from '../../../src/process/journal/owner.js';
import { sweepJournals } from '../../../src/process/journal/sweep-journals.js';
import { createTempFolder } from '../../../src/process/journal/temp-folder.js';
import { spawn as spawnProgram } from '../../../src/process/spawn.js';
import { createFolder } from '../../support/create-folder.js';
import { TYPESCRIPT } from '../../support/typescript.js';

interface Places {
  /** Where journals are. */
  readonly folder: string;
  /** Where things are made. */
  readonly things: string;
}

function makePlaces(): Places {
  const root = createFolder();
  const places = { folder: join(root, 'glovebox', 'journal'), things: join(root, 'things') };
  mkdirSync(places.things);
  return places;
}

function openJournal({ folder }: Places): Journal {
  const journal = new Journal({ folder });
  onTestFinished(() => void journal.close());
  return journal;
}

/** A journal of a process that has ended: of this one, had it been started at another time. */
function writeJournal({ folder }: Places, lines: readonly (object | string)[]): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${lines.length}-${readdirSync(folder).length}.jsonl`);
  const owner = { ...readOwner(), startTime: 1 };
  const all = [{ journal: 1, owner }, ...lines].map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(path, `${all.join('\n')}\n`);
  return path;
}

/** Keeps a folder, and gives its journal to a process that has ended. */
function abandonFolder(places: Places): string {
  const journal = openJournal(places);
  const { path } = createTempFolder({ journal, in: places.things });
  writeFileSync(join(path, 'file'), 'text');
  const lines = readFileSync(journal.path ?? '', 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  writeJournal(places, lines);
  return path;
}

function startKeeper({ folder, things }: Places, count: number): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const script = fileURLToPath(new URL('child/keeper-of-folders.ts', import.meta.url));
  const child = spawn(process.execPath, [...TYPESCRIPT, script, folder, things, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('a temporary folder is there until it is disposed of, with all that is in it', () => {
  const places = makePlaces();
  const journal = openJournal(places);
  const { path } = ((): { path: string } => {
    using folder = createTempFolder({ journal, in: places.things, prefix: 'relay-' });
    mkdirSync(join(folder.path, 'a'));
    writeFileSync(join(folder.path, 'a', 'file'), 'text');
    symlinkSync('/etc', join(folder.path, 'a', 'link'));
    expect(readdirSync(places.things)).toEqual([expect.stringMatching(/^relay-/)]);
    return folder;
  })();
  expect(existsSync(path)).toBe(false);
  expect(existsSync('/etc/passwd')).toBe(true);
});

test('a journal touches nothing before there is something to keep, and nothing is left of it', () => {
  const places = makePlaces();
  const journal = openJournal(places);
  expect(existsSync(places.folder)).toBe(false);
  createTempFolder({ journal, in: places.things });
  expect(readdirSync(places.folder)).toHaveLength(1);
  expect(journal.close()).toEqual([]);
  expect(journal.close()).toEqual([]);
  expect(readdirSync(places.folder)).toEqual([]);
  expect(readdirSync(places.things)).toEqual([]);
});

test('it is written down before it is made, and what is there already is not kept', () => {
  const places = makePlaces();
  const journal = openJournal(places);
  const path = join(places.things, 'folder');
  journal.keep('folder', path, () => {
    expect(readFileSync(journal.path ?? '', 'utf8')).toContain(JSON.stringify(path));
    mkdirSync(path);
  });
  expect(() => journal.keep('folder', path, () => {})).toThrow(
    new UsageError('Journal.keep', `${path} is there already: what was not made here is not kept`),
  );
});

test('after SIGKILL at any moment no file is left, soon', { timeout: 120_000 }, async () => {
  const places = makePlaces();
  for (let round = 0; round < 8; round += 1) {
    const keeper = startKeeper(places, 200);
    const made: string[] = [];
    keeper.stdout.on('data', (bytes: Buffer) => made.push(...String(bytes).trim().split('\n')));
    await until(() => made.length > round * 5, {
      timeoutMs: 30_000,
      intervalMs: 1,
      maxIntervalMs: 1,
      description: 'the child to have made folders',
    });
    keeper.kill('SIGKILL');
    await once(keeper, 'close');
    await until(() => readdirSync(places.things).length + readdirSync(places.folder).length === 0, {
      timeoutMs: 5000,
      description: 'the helper to have removed everything',
    });
  }
  expect(existsSync('/etc/passwd')).toBe(true);
});

test('several that sweep at once remove each thing once, and nothing of it is left', async () => {
  const places = makePlaces();
  const journal = openJournal(places);
  const paths = Array.from({ length: 20 }, () => createTempFolder({ journal, in: places.things }).path);
  for (const path of paths) for (let file = 0; file < 20; file += 1) writeFileSync(join(path, String(file)), 'text');
  const lines = readFileSync(journal.path ?? '', 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  writeJournal(places, lines);
  const script = fileURLToPath(new URL('child/sweep.ts', import.meta.url));
  const told = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, [...TYPESCRIPT, script, places.folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      let text = '';
      child.stdout.on('data', (bytes: Buffer) => {
        text += String(bytes);
      });
      await once(child, 'close');
      const report: { removed: readonly string[]; bad: readonly unknown[] } = JSON.parse(text);
      return report;
    }),
  );
  expect(told.flatMap(({ bad }) => bad)).toEqual([]);
  expect(told.flatMap(({ removed }) => removed).toSorted()).toEqual(paths.toSorted());
  expect(readdirSync(places.things)).toEqual([]);
});

test('two runs at once do not clean what is the other one’s', async () => {
  const places = makePlaces();
  const [one, other] = [startKeeper(places, 1), startKeeper(places, 1)];
  const paths = await Promise.all(
    [one, other].map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()),
  );
  const { running, things } = sweepJournals({ folder: places.folder });
  expect({ running: running.toSorted(), things }).toEqual({ running: [one.pid, other.pid].toSorted(), things: [] });
  one.kill('SIGKILL');
  await until(() => !existsSync(paths[0] ?? ''), { description: 'the folder of the one that was killed to go' });
  expect(existsSync(paths[1] ?? '')).toBe(true);
});

test('what a dead process has left is told, and then removed', () => {
  const places = makePlaces();
  const path = abandonFolder(places);
  const thing = { kind: 'folder', path, owner: process.pid, outcome: 'removed' };
  expect(sweepJournals({ folder: places.folder, dryRun: true }).things).toEqual([thing]);
  expect(existsSync(path)).toBe(true);
  expect(sweepJournals({ folder: places.folder }).things).toEqual([thing]);
  expect(existsSync(path)).toBe(false);
  expect(sweepJournals({ folder: places.folder }).things).toEqual([]);
});

test('the next journal sweeps what the last run has left', () => {
  const places = makePlaces();
  const path = abandonFolder(places);
  createTempFolder({ journal: openJournal(places), in: places.things });
  expect(existsSync(path)).toBe(false);
});

test('a process with the same number, started at another time, is another one', () => {
  const places = makePlaces();
  const path = abandonFolder(places);
  const { running, things } = sweepJournals({ folder: places.folder });
  // That of this process, which runs, and that of one which had its number.
  expect(running).toEqual([process.pid]);
  expect(things.map((each) => each.path)).toEqual([path]);
});

test('what was made in another pid namespace is left alone as long as that has anybody, and removed then', async () => {
  const places = makePlaces();
  const script = fileURLToPath(new URL('child/keeper-of-folders.ts', import.meta.url));
  await using keeper = await spawnProgram(
    process.execPath,
    [...TYPESCRIPT, script, places.folder, places.things, '1'],
    { ready: { log: places.things } },
  );
  const path = keeper.logs.text().trim();
  const [name = ''] = readdirSync(places.folder);
  const journal = join(places.folder, name);
  const never = join(places.things, 'never');
  appendFileSync(journal, `${JSON.stringify({ id: 9, begin: 'folder', path: never, atMs: Date.now() })}\n`);
  mkdirSync(never);
  const before = sweepJournals({ folder: places.folder });
  expect(before).toMatchObject({ things: [], skipped: [expect.stringContaining('belongs to another pid namespace')] });

  // Its helper, too, was in there.
  await keeper.kill();
  const { things, skipped } = sweepJournals({ folder: places.folder });
  expect(existsSync(never)).toBe(true);
  // Elsewhere than in the first pid namespace nobody can tell, and what may be in use is left alone.
  if (readOwner().pidNamespace !== 'pid:[4026531836]') return expect(skipped).toHaveLength(1);
  expect(things.map(({ path, outcome, reason }) => ({ path, outcome, reason }))).toEqual([
    {
      path: never,
      outcome: 'refused',
      reason: 'it was begun in another pid namespace, and nobody wrote down what came of it',
    },
    { path, outcome: 'removed', reason: undefined },
  ]);
  expect(existsSync(path)).toBe(false);
  return expect(readdirSync(places.folder)).toEqual([]);
});

test('lines that cannot be read are told and passed over', () => {
  const places = makePlaces();
  const path = abandonFolder(places);
  const [journal = ''] = readdirSync(places.folder).filter((name) => !name.startsWith(`${process.pid}-`));
  const file = join(places.folder, journal);
  appendFileSync(file, '{"id":7,"begin":"folder","path":"etc","atMs":1}\n{"id":8,"made":{}}\n{"id":3,"beg');
  const { things, corrupt } = sweepJournals({ folder: places.folder });
  expect(things.map(({ outcome }) => outcome)).toEqual(['removed']);
  expect(existsSync(path)).toBe(false);
  expect(corrupt).toEqual([
    `${file}: line 4: "{\\"id\\":7,\\"begin\\":\\"folder\\",\\"path\\":\\"etc\\",\\"atMs\\":1}"`,
    `${file}: line 5: "{\\"id\\":8,\\"made\\":{}}"`,
    `${file}: line 6: "{\\"id\\":3,\\"beg"`,
  ]);
});

test('a path that has become a link is left alone, and so is what it leads to', () => {
  const places = makePlaces();
  const path = abandonFolder(places);
  const victim = join(places.things, 'victim');
  mkdirSync(victim);
  writeFileSync(join(victim, 'precious'), 'text');
  renameSync(path, `${path}-moved`);
  symlinkSync(victim, path);
  expect(sweepJournals({ folder: places.folder }).things).toMatchObject([
    { outcome: 'refused', reason: 'it is a symbolic link now, and not a folder' },
  ]);
  expect(readdirSync(victim)).toEqual(['precious']);
});

test('another folder under the name of the old one is left alone', () => {
  const places = makePlaces();
  const path = abandonFolder(places);
  renameSync(path, `${path}-moved`);
  mkdirSync(path);
  writeFileSync(join(path, 'precious'), 'text');
  expect(sweepJournals({ folder: places.folder }).things).toMatchObject([
    { outcome: 'refused', reason: 'it is another one than was made' },
  ]);
  expect(readdirSync(path)).toEqual(['precious']);
});

test('what nobody came to write down as made goes only if it is empty, and not if it is older', () => {
  const places = makePlaces();
  const [empty = '', full = '', old = ''] = ['empty', 'full', 'old'].map((name) => join(places.things, name));
  const atMs = Date.now();
  for (const path of [empty, full, old]) mkdirSync(path);
  writeFileSync(join(full, 'precious'), 'text');
  writeJournal(places, [
    { id: 1, begin: 'folder', path: empty, atMs },
    { id: 2, begin: 'folder', path: full, atMs },
    { id: 3, begin: 'folder', path: old, atMs: atMs + 60_000 },
    { id: 4, begin: 'folder', path: join(places.things, 'never'), atMs },
  ]);
  const outcomes = sweepJournals({ folder: places.folder }).things.map(({ path, outcome }) => [path, outcome]);
  expect(outcomes).toEqual([
    [old, 'refused'],
    [full, 'failed'],
    [empty, 'removed'],
  ]);
  expect(readdirSync(full)).toEqual(['precious']);
});

test('the file of a socket is kept like a folder, and a file that has its name is left alone', async () => {
  const places = makePlaces();
  const path = join(places.things, 'socket');
  const server = createServer();
  onTestFinished(() => void server.close());
  const journal = openJournal(places);
  const kept = journal.keep('socket', path, () => void server.listen(path));
  expect(existsSync(path)).toBe(true);
  rmSync(path);
  writeFileSync(path, 'precious');
  expect(kept.remove()).toEqual({ outcome: 'refused', reason: 'it is a file now, and not a socket' });
  expect(readFileSync(path, 'utf8')).toBe('precious');
});

test('a folder of journals that others may write to is refused', () => {
  const places = makePlaces();
  mkdirSync(places.folder, { recursive: true });
  rmSync(places.folder, { recursive: true });
  symlinkSync('/etc', places.folder);
  const journal = openJournal(places);
  expect(() => createTempFolder({ journal, in: places.things })).toThrow(
    `${places.folder} is no folder: what is written there could be another user's. ` +
      "Remove it, or set XDG_RUNTIME_DIR to a folder of this user's",
  );
  expect(readdirSync(places.things)).toEqual([]);
});

test('a folder for temporary files that is not there, or takes no folders, is named, with what to do', () => {
  for (const [parent, errno] of [
    ['/nowhere', 'ENOENT'],
    ['/etc/passwd', 'ENOTDIR'],
  ])
    expect(() => createTempFolder({ in: parent ?? '' })).toThrow(
      expect.objectContaining({
        code: 'ERR_GLOVEBOX_JOURNAL',
        message: `No folder can be made in "${parent}": ${errno}. Free some space, or take a folder that this user can write; TMPDIR names that of the system`,
      }),
    );
});
