import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTempFolder } from 'glovebox/process';
import { test as base, describe, expect } from 'vitest';
import { TaskLog } from '../../src/store/task-log.ts';
import type { StoredTask } from '../../src/store/task-store.ts';
import { numbers } from '../support/history.ts';

// biome-ignore lint/correctness/noEmptyPattern: Vitest reads a fixture's needs off its first parameter
const test = base.extend('directory', ({}, { onCleanup }) => {
  const folder = createTempFolder({ prefix: 'bus-log-' });
  onCleanup(() => folder.remove());
  return folder.path;
});

const task = (n: number, payload: unknown = { n }): StoredTask => ({ id: `t${n}`, topic: 'a.b', payload, owner: 'me' });
const outcome = { ok: true, payload: 1, by: 'c1', lost: [] } as const;

/** As a broker that is killed leaves it: what is done when one is closed is undone. */
function leave(directory: string, work: (log: TaskLog) => void, isFlushed = true): void {
  const log = new TaskLog({ directory });
  work(log);
  if (isFlushed) log.flush();
  const path = join(directory, 'tasks.log');
  const left = readFileSync(path);
  log.close();
  writeFileSync(path, left);
}

function recover(directory: string) {
  const log = new TaskLog({ directory });
  log.close();
  return log.recover();
}

describe('What was flushed is found again', () => {
  test('tasks in their order, outcomes that nobody took, and nothing of what is over', ({ directory }) => {
    leave(directory, (log) => {
      for (const n of numbers(4)) log.taken(task(n));
      for (const n of [1, 2]) log.finished({ id: `t${n}`, owner: 'me', outcome });
      log.settled('t1');
    });
    const expected = { tasks: [task(0), task(3)], finished: [{ id: 't2', owner: 'me', outcome }] };
    expect(recover(directory)).toEqual(expected);
    // And once more, after it was written anew.
    expect(recover(directory)).toEqual(expected);
  });

  test('what was not flushed was not answered for', ({ directory }) => {
    leave(directory, (log) => log.taken(task(1)), false);
    expect(recover(directory)).toEqual({ tasks: [], finished: [] });
  });

  test('any text is kept as it is', ({ directory }) => {
    const payload = { text: 'zwei\nZeilen ✓ \u2028 "quoted" \\', nested: [null, 1.5, false] };
    leave(directory, (log) => log.taken(task(1, payload)));
    expect(recover(directory).tasks).toEqual([task(1, payload)]);
  });
});

describe('A record that is not whole', () => {
  test.for([1, 5, 20, 60])('that lacks %i bytes is left out, and those before it are not', (missing, { directory }) => {
    leave(directory, (log) => {
      log.taken(task(1));
      log.taken(task(2));
    });
    const path = join(directory, 'tasks.log');
    truncateSync(path, statSync(path).size - missing);
    // Without its end of line it is whole all the same.
    expect(recover(directory).tasks).toEqual(missing === 1 ? [task(1), task(2)] : [task(1)]);
    // What is written next does not join what was torn.
    leave(directory, (log) => log.taken(task(3)));
    expect(recover(directory).tasks.at(-1)).toEqual(task(3));
  });

  test('nor is one that was damaged', ({ directory }) => {
    leave(directory, (log) => log.taken(task(1)));
    const path = join(directory, 'tasks.log');
    appendFileSync(path, readFileSync(path, 'utf8').replace('"t1"', '"t2"'));
    expect(recover(directory).tasks).toEqual([task(1)]);
  });
});

describe('A directory', () => {
  test('has one broker at a time; another does not touch what is in there', ({ directory }) => {
    const log = new TaskLog({ directory });
    log.taken(task(1));
    log.flush();
    expect(() => new TaskLog({ directory })).toThrow(
      expect.objectContaining({
        code: 'ALREADY_RUNNING',
        message: `Another broker has the store ${directory}; stop it, or choose another directory`,
      }),
    );
    log.taken(task(2));
    log.close();
    expect(recover(directory).tasks).toEqual([task(1), task(2)]);
  });

  test('that cannot be locked is told', ({ directory }) => {
    writeFileSync(join(directory, 'lock'), 'What stands here is no lock of a broker.');
    const error = {
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^The store .* cannot be locked: .*not a database/),
    };
    expect(() => new TaskLog({ directory })).toThrow(expect.objectContaining(error));
    rmSync(join(directory, 'lock'));
    mkdirSync(join(directory, 'lock'));
    expect(() => new TaskLog({ directory })).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  });
});

test('The file does not grow with what is over', ({ directory }) => {
  const log = new TaskLog({ directory, compactBytes: 10_000 });
  log.taken(task(-1));
  for (const n of numbers(2000)) {
    log.taken(task(n));
    log.finished({ id: `t${n}`, owner: 'me', outcome });
    log.settled(`t${n}`);
    log.flush();
  }
  expect(statSync(join(directory, 'tasks.log')).size).toBeLessThan(11_000);
  log.close();
  expect(recover(directory).tasks).toEqual([task(-1)]);
});
