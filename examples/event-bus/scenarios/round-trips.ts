import { atMost, defineScenario, flood, percentile } from 'glovebox/scenarios';
import { taskTopic } from '../src/protocol/topics.ts';
import { BareRoundTrip } from './bare-round-trip.ts';
import { spawnFor, startScenarioBus } from './scenario-bus.ts';

/** What a round trip may take, in µs. */
const LIMITS = [
  { wanted: 50, limit: 500 },
  { wanted: 99, limit: 1000 },
] as const;
/** Where bare sockets are slow, so is the machine: what takes so many times as long as they do is slow on any. */
const SLOW = 10;
const WARM_UP = 2000;

/** One task after the other, and between them as many bytes over bare sockets: latency without a queue, and without a disk. */
export const roundTrips = defineScenario({
  name: '1,000 round trips',
  description:
    'A task is asked for, taken on, done and answered, and then the next. In turn with each, bytes make the same way over ' +
    'bare sockets: where these are slow the machine is.',
  parameters: { roundTrips: 1000 },
  async actors(run) {
    const started = await startScenarioBus(run, { collectors: 1, isDurable: false });
    const bare = run.own(await BareRoundTrip.start(spawnFor(run), started.directory));
    const topic = taskTopic('process');
    // Node has compiled what is used often by then.
    for (let count = 0; count < WARM_UP; count += 1) {
      await started.client.request(topic, {});
      await bare.make();
    }
    return { ...started, bare, topic };
  },
  load: ({ actors: { client, bare, topic }, parameters, measures }) => {
    const trip = measures.histogram('round trip', { unit: 'µs' });
    const bareTrip = measures.histogram('bare round trip', { unit: 'µs' });
    return flood({
      inFlight: 1,
      count: parameters.roundTrips,
      perform: async ({ id }) => {
        await bareTrip.time(() => bare.make());
        await trip.time(() => client.request(topic, { n: id }));
      },
    });
  },
  verdicts: (run) => {
    const [trip, bare] = [run.measure('round trip'), run.measure('bare round trip')];
    return LIMITS.map(({ wanted, limit }) =>
      atMost(
        `p${wanted} of a round trip`,
        () => percentile(trip, wanted),
        Math.max(limit, percentile(bare, wanted).value * SLOW),
      ),
    );
  },
  analysis: (run) => {
    const [trip, bare] = [run.measure('round trip'), run.measure('bare round trip')];
    return [
      {
        title: 'What the broker adds',
        table: {
          columns: ['percentile', 'through the broker, µs', 'bare sockets, µs'],
          rows: [50, 90, 99, 99.9].map((wanted) => [
            wanted,
            Math.round(percentile(trip, wanted).value),
            Math.round(percentile(bare, wanted).value),
          ]),
        },
      },
    ];
  },
});
