import {
  backoffJitter,
  type CheckResult,
  conservation,
  exactlyOnce,
  noThunderingHerd,
  priorityRespected,
} from 'glovebox/scenarios';
import { describe, expect, test } from 'vitest';
import { queuedWork } from '../../scenarios/mixed-priority.ts';
import { waitsOf } from '../../scenarios/thundering-herd.ts';
import { resumption } from '../../scenarios/verdicts.ts';
import { Store } from '../../src/coordinator/store.ts';
import { PRIORITIES } from '../../src/task.ts';
import type { FleetEvent } from '../support/fleet-under-test.ts';
import { type LoggedEvent, MemoryFleet, type MemoryFleetOptions, taskOf } from '../support/memory-fleet.ts';
import { FifoQueue, ForgetfulInbox, ForgetfulStore, LosingInbox, noJitter } from '../support/wrong/parts.ts';

/** A log of this process as one of a program. */
const asEvents = (log: readonly LoggedEvent[]): readonly FleetEvent[] =>
  log.map(({ atMs, who, event, ...fields }) => ({ atMs, toldMs: atMs, who, event, fields }));

/** The coordinator is gone for a second, and all workers come back. */
async function losing(options: MemoryFleetOptions): Promise<readonly CheckResult[]> {
  using fleet = await new MemoryFleet({ workers: 20, ...options }).start();
  await fleet.clock.advance(1000);
  fleet.killCoordinator();
  await fleet.clock.advance(1000);
  fleet.startCoordinator();
  await fleet.clock.advance(4000);
  const waits = fleet.workers.flatMap((_, index) =>
    waitsOf(asEvents(fleet.log).filter(({ who }) => who === `worker-${index + 1}`)),
  );
  const retryMsOf = ({ fields }: FleetEvent) => Number(fields['retryMs']);
  return [
    backoffJitter(waits.map((each) => each.map(retryMsOf))),
    noThunderingHerd(waits.flatMap((each) => each.slice(-1).map((wait) => wait.atMs + retryMsOf(wait)))),
  ];
}

/** More tasks than can be done, of all priorities in turn. */
async function mixing(options: MemoryFleetOptions): Promise<CheckResult> {
  using fleet = await new MemoryFleet({ workers: 2, slots: 2, ...options }).start();
  for (let round = 0; round < 20; round += 1) {
    fleet.submit(...PRIORITIES.toReversed().map((priority) => taskOf(`${priority}-${round}`, { priority })));
    await fleet.clock.advance(40);
  }
  await fleet.settle();
  return priorityRespected(queuedWork(asEvents(fleet.log)), { urgent: 'smallest', toleranceMs: 5 });
}

/** Many tasks over connections that are reset again and again. */
async function delivering(options: MemoryFleetOptions): Promise<readonly CheckResult[]> {
  using fleet = await new MemoryFleet({ workers: 3, slots: 50, ...options }).start();
  for (let round = 0; round < 12; round += 1) {
    const ids = Array.from({ length: 100 }, (_, index) => `task-${round}-${index}`);
    fleet.submit(...ids.map((id) => taskOf(id, { steps: 1, stepMs: 1 })));
    await fleet.clock.advance(7);
    fleet.network.reset();
    await fleet.clock.advance(500);
  }
  await fleet.settle(5000);
  const received = fleet.outcomes.map(({ taskId }) => taskId);
  const { done, failed } = fleet.store.countTasks();
  return [
    exactlyOnce({ sent: fleet.submitted, received, what: 'task' }),
    conservation({ sent: fleet.submitted.length, received: done, dropped: failed, what: 'task' }),
  ];
}

/** Workers that are cut off, one after the other, in the middle of long tasks. */
async function cutting(options: MemoryFleetOptions): Promise<CheckResult> {
  using fleet = await new MemoryFleet({ workers: 3, slots: 1, ...options }).start();
  fleet.submit(taskOf('a', { steps: 200, stepMs: 50, checkpointEvery: 4 }), taskOf('b', { steps: 200, stepMs: 50 }));
  for (const name of ['worker-1', 'worker-2', 'worker-3']) {
    await fleet.clock.advance(1500);
    fleet.network.cut(name);
    await fleet.clock.advance(6000);
    fleet.network.heal();
  }
  await fleet.settle();
  return resumption(asEvents(fleet.log));
}

describe('What is wrong on purpose is found by the checker that is meant for it', () => {
  test('backoff without jitter', async () => {
    expect(await losing({})).toMatchObject([{ ok: true }, { ok: true }]);
    const [jitter, herd] = await losing({ worker: () => ({ random: noJitter }) });
    expect(jitter).toMatchObject({
      ok: false,
      expected: 'the delays of different clients before the same attempt are 5 % apart or more',
      actual: '0 % apart at the least, over 4 attempts of 20 clients',
    });
    expect(herd).toMatchObject({ ok: false, expected: 'no more than 50 % come within 100 ms' });
    expect(herd?.actual).toMatch(/^20 of 20 \(100 %\) came within 100 ms/);
  });

  test('a queue that knows no priorities', async () => {
    expect(await mixing({})).toMatchObject({ ok: true });
    const found = await mixing({ coordinator: { pending: new FifoQueue() } });
    expect(found).toMatchObject({ ok: false, expected: 'nothing is begun while something more urgent waits' });
    expect(found.details?.[0]).toMatch(
      /^normal-\d+ \(priority 1\) was begun at \d+ ms, while high-\d+ \(priority 0\) had waited since/,
    );
  });

  test('one message in a thousand that is lost', async () => {
    expect(await delivering({})).toMatchObject([{ ok: true }, { ok: true }]);
    const [once, conserved] = await delivering({
      coordinator: { createInbox: (snapshot) => new LosingInbox(snapshot) },
    });
    expect(once).toMatchObject({ ok: false, actual: '1,199 of 1,200 tasks received, 1 lost, 0 received again' });
    expect(once?.details?.[0]).toMatch(/^lost: task-9-99$/);
    expect(conserved).toMatchObject({ ok: false });
    expect(conserved?.actual).toMatch(/: 1 vanished$/);
  });

  test('messages that are taken twice', async () => {
    const [once] = await delivering({ client: { inbox: new ForgetfulInbox() } });
    expect(once).toMatchObject({ ok: false, expected: 'each of 1,200 tasks is received exactly once' });
    expect(once?.actual).toMatch(/^1,200 of 1,200 tasks received, 0 lost, \d+ received again$/);
    expect(once?.details?.[0]).toMatch(/^received again: task-/);
  });

  test('checkpoints that are never restored', async () => {
    const createStore = (kind: typeof Store): MemoryFleetOptions => ({
      createStore: (clock) => new kind(':memory:', clock),
    });
    expect(await cutting(createStore(Store))).toMatchObject({ ok: true });
    expect(await cutting(createStore(ForgetfulStore))).toMatchObject({
      ok: false,
      expected: 'each task is gone on with from its last checkpoint',
      actual: '1 of 2 tasks were begun further back',
    });
  });
});
