import type { BusClient } from '../../../src/client/bus-client.ts';
import type { SubmittedTask } from '../../../src/client/submissions.ts';
import { taskTopic } from '../../../src/protocol/topics.ts';
import { BusUnderTest, membersOf } from '../bus-under-test.ts';
import { outcomesOf } from '../history.ts';
import type { BrokerDriver, DriverResult, Participant } from './driver.ts';

/** The broker of this folder. */
export const own: BrokerDriver = {
  name: 'this broker',
  takesTurns: true,
  findObstacle: () => undefined,
  async start(place) {
    const { buffer } = place;
    const bus = await BusUnderTest.start(place, buffer && { buffer: buffer.capacity, overflow: buffer.overflow });
    let offered: readonly SubmittedTask[] = [];
    return {
      process: bus.broker,
      startCollector: (name, kind) => bus.startCollector(name, { kind }),
      connect: async () => participate(await bus.connect()),
      offer: async (count) => {
        const client = await bus.connect();
        offered = await client.submitAll(taskTopic('process'), Array.from({ length: count }));
        return offered.flatMap(({ refusal }, n) => (refusal === undefined ? [] : [n]));
      },
      takeAll: async () => {
        await bus.startCollector('late');
        return (await outcomesOf(offered)).flatMap(({ ok }, n) => (ok ? [n] : []));
      },
      countCollectors: async (kind) => {
        const client = await bus.connect();
        const members = membersOf(await client.stats(), kind);
        await client[Symbol.asyncDispose]();
        return members.length;
      },
      killAndRestart: async () => {
        await bus.broker.kill();
        await bus.broker.restart();
      },
      [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
    };
  },
};

function participate(client: BusClient): Participant {
  return {
    request: (kind, payload, to) => client.request(taskTopic(kind), payload, to === undefined ? {} : { to }),
    submitAll: async (kind, payloads) => {
      const tasks = await client.submitAll(taskTopic(kind), payloads);
      return tasks.map(async ({ outcome }): Promise<DriverResult> => {
        const result = await outcome;
        if (!result.ok) throw new Error(result.message);
        return result;
      });
    },
    publish: (topic, payload) => client.publish(topic, payload),
    subscribe: async (pattern, hear, group) => {
      await client.subscribe(pattern, hear, group === undefined ? {} : { group });
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
