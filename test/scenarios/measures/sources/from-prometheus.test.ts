import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import {
  type FromPrometheusOptions,
  fromPrometheus,
} from '../../../../src/scenarios/measures/sources/from-prometheus.js';
import type { Fetch } from '../../../../src/scenarios/measures/sources/read-endpoint.js';
import type { HistogramResult } from '../../../../src/scenarios/scenario-result.js';
import { follow } from './follow.js';

const URL_ = 'http://127.0.0.1:9100/metrics';

/** Answers one after the other, the last again and again. */
function answer(...texts: readonly string[]): Fetch {
  const left = [...texts];
  return async () =>
    new Response(left.length > 1 ? left.shift() : left[0], {
      headers: { 'content-type': 'text/plain; version=0.0.4' },
    });
}

/** What became of a look at the beginning and one at the end. */
async function look(fetch: Fetch, options: FromPrometheusOptions = {}) {
  const { measures, sources } = follow(fromPrometheus(URL_, { fetch, ...options }));
  const problems = await sources.stop();
  return { results: measures.results(), problems: problems.map(({ message }) => message.replace(`${URL_} `, '')) };
}

async function serve(listener: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('everything that an endpoint tells is measured as what it is, its series added up', async () => {
  const fetch = answer(
    [
      '# HELP tasks_total Done.\n# TYPE tasks_total counter\ntasks_total{kind="a"} 3\ntasks_total{kind="b"} 4',
      '# TYPE queue gauge\nqueue 7\nuntold 1\n# TYPE rss_bytes gauge\nrss_bytes 10\n',
    ].join('\n'),
    '# TYPE tasks_total counter\ntasks_total{kind="a"} 5\ntasks_total{kind="b"} 4\n# TYPE queue gauge\nqueue 2\nuntold 0\n',
  );
  expect(await look(fetch, { actor: 'broker' })).toMatchObject({
    problems: [],
    results: [
      { kind: 'counter', name: 'tasks_total', description: 'Done.', actor: 'broker', total: 9 },
      { kind: 'gauge', name: 'queue', min: 2, max: 7 },
      { kind: 'gauge', name: 'untold', last: 0 },
      { kind: 'gauge', name: 'rss_bytes', unit: 'bytes', last: 10 },
    ],
  });
});

test('metrics are chosen by name and labels, and are called what is said', async () => {
  const fetch = answer(
    '# TYPE tasks_total counter\ntasks_total{kind="a"} 3\ntasks_total{kind="b"} 4\nqueue 1\nother 2\n',
  );
  const options = {
    metrics: ['queue', { metric: 'tasks_total', labels: { kind: 'b' }, name: 'tasks of b', unit: 'tasks' }],
  };
  expect((await look(fetch, options)).results).toMatchObject([
    { kind: 'gauge', name: 'queue' },
    { kind: 'counter', name: 'tasks of b', unit: 'tasks', total: 4 },
  ]);
  expect((await look(fetch, { metrics: ['queu'] })).problems).toEqual([
    'does not tell queu (2 times, the last at 0 ms)',
  ]);
});

test('a label may say whose a series is', async () => {
  const fetch = answer(
    '# TYPE tasks_total counter\ntasks_total{worker="w1",kind="a"} 3\ntasks_total{worker="w1",kind="b"} 1\ntasks_total{worker="w2"} 4\n',
  );
  expect((await look(fetch, { actorLabel: 'worker' })).results).toMatchObject([
    { name: 'tasks_total', actor: 'w1', total: 4 },
    { name: 'tasks_total', actor: 'w2', total: 4 },
  ]);
});

test('of a histogram, what came in since the last look is sampled at the edges of its buckets', async () => {
  const told = (...[tenth, one, all]: readonly number[]): string =>
    `# TYPE t_seconds histogram\nt_seconds_bucket{le="0.1"} ${tenth}\nt_seconds_bucket{le="1"} ${one}\nt_seconds_bucket{le="+Inf"} ${all}\nt_seconds_sum 7\nt_seconds_count ${all}\n`;
  const { results, problems } = await look(answer(told(1, 3, 3), told(1, 5, 6)));
  expect(problems).toEqual([]);
  const [histogram] = results as [HistogramResult];
  expect(histogram).toMatchObject({ kind: 'histogram', name: 't_seconds', unit: 's', count: 6, min: 0.1, max: 1 });
  expect(histogram.buckets).toEqual([
    [expect.closeTo(0.1, 3), 1],
    [1, 5],
  ]);
  expect((await look(answer(told(1, 3, 3), told(0, 1, 2)))).problems[0]).toMatch(
    /^told of t_seconds, whose counts only grow, 1 and then 0 up to 0.1/,
  );
  expect((await look(answer(told(1, 3, 3), told(0, 1, 2)), { mayRestart: true })).problems).toEqual([]);
  expect((await look(answer(told(5, 3, 3)))).problems[0]).toMatch(
    /^tells buckets of t_seconds that hold less than those below them/,
  );
});

test('a summary is counters and quantiles; a quantile of nothing is none', async () => {
  const fetch = answer('# TYPE t summary\nt{quantile="0.5"} 2\nt{quantile="0.9"} NaN\nt_sum 12\nt_count 5\n');
  expect((await look(fetch)).results).toMatchObject([
    { kind: 'gauge', name: 't (quantile 0.5)', last: 2 },
    { kind: 'counter', name: 't_sum', total: 12 },
    { kind: 'counter', name: 't_count', total: 5 },
  ]);
});

test.each<[string, string, string, number]>([
  ['a counter that goes back', '# TYPE a counter\na 3', '# TYPE a counter\na 2', 1],
  ['a counter below zero', '# TYPE a counter\na 3', '# TYPE a counter\na -2', 1],
  ['garbage', 'a 3', '<html>', 1],
])('%s is a problem, and what was told before is kept', async (_, first, second, count) => {
  const { results, problems } = await look(answer(first, second));
  expect(problems).toHaveLength(1);
  expect(problems[0]).not.toContain('could not be read');
  expect(results).toHaveLength(count);
  expect(results[0]).toMatchObject({ name: 'a' });
});

test('what is no metrics at all is told as what it is', async () => {
  const html: Fetch = async () => new Response('<html>', { headers: { 'content-type': 'text/html; charset=utf-8' } });
  expect((await look(html)).problems).toEqual([
    'is served as "text/html; charset=utf-8", not as text/plain or application/openmetrics-text (2 times, the last at 0 ms)',
  ]);
  const busy: Fetch = async () => new Response('come back later', { status: 503 });
  expect((await look(busy)).problems).toEqual([
    'answered with status 503: "come back later" (2 times, the last at 0 ms)',
  ]);
  const half: Fetch = async () =>
    new Response('a 1\nb', { headers: { 'content-type': 'application/openmetrics-text; version=1.0.0' } });
  expect(await look(half)).toMatchObject({
    problems: [
      'ends without # EOF: something is missing (2 times, the last at 0 ms)',
      'tells what is no metric: line 2: no value in "b" (2 times, the last at 0 ms)',
    ],
    results: [{ name: 'a', last: 1 }],
  });
});

test('more metrics than anybody reads are a problem, and the first are taken', async () => {
  const many = Array.from({ length: 300 }, (_, index) => `m${index} 1`).join('\n');
  const { results, problems } = await look(answer(many));
  expect(results).toHaveLength(200);
  expect(problems[0]).toMatch(/^tells more than 200 metrics: say which in `metrics` \(200 times/);
});

test('a body without an end is read up to its limit', async () => {
  let closed = 0;
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.on('close', () => {
      closed += 1;
    });
    response.write('first 1\n');
    const more = (): void => {
      while (!response.destroyed && response.write('# nothing\n'.repeat(1000)));
    };
    response.on('drain', more);
    more();
  });
  const { measures, sources } = follow(fromPrometheus(server.url, { limitBytes: 100_000 }));
  expect((await sources.stop()).map(({ message }) => message)).toEqual([
    `${server.url} tells more than 100000 bytes; the rest was not read (2 times, the last at 0 ms)`,
  ]);
  expect(measures.results()).toMatchObject([{ name: 'first', last: 1 }]);
  await expect.poll(() => closed).toBe(2);
});

test('an endpoint that hangs is let go after its time, and its connection is closed', async () => {
  const events = new EventEmitter();
  const asked = once(events, 'asked');
  const closed = once(events, 'closed');
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('first 1\n');
    response.on('close', () => events.emit('closed'));
    events.emit('asked');
  });
  const { clock, sources } = follow(fromPrometheus(server.url));
  await asked;
  await clock.advance(1000);
  await closed;
  expect(sources.problems()).toEqual([
    { atMs: 1000, subject: server.url, message: `${server.url} did not answer in 1000 ms` },
  ]);
  const stopped = sources.stop();
  await clock.advance(1000);
  await stopped;
});

test('a real endpoint is asked for text, with the headers that were given', async () => {
  const seen: (string | undefined)[] = [];
  await using server = await serve((request, response) => {
    seen.push(request.headers.accept, request.headers.authorization);
    response.end('a 1\n');
  });
  const { measures, sources } = follow(fromPrometheus(new URL(server.url), { headers: { authorization: 'Bearer x' } }));
  expect(await sources.stop()).toEqual([]);
  expect(seen.slice(0, 2)).toEqual([
    'text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.8',
    'Bearer x',
  ]);
  expect(measures.results()).toMatchObject([{ name: 'a', last: 1 }]);
});

test('nobody there is a problem', async () => {
  const server = await serve(() => {});
  await server[Symbol.asyncDispose]();
  const { sources } = follow(fromPrometheus(server.url));
  expect((await sources.stop())[0]?.message).toMatch(/could not be read: .*ECONNREFUSED/);
});

test('options that cannot be meant are refused, all at once', () => {
  expect(() =>
    fromPrometheus('localhost:9100', {
      metric: 'a',
      intervalMs: -1,
      limitBytes: 0,
      actor: 'a',
      actorLabel: 'b',
      metrics: [3, { metric: 'x', kind: 'sum', labels: 3 }],
    } as never),
  ).toThrow(
    [
      'fromPrometheus: 8 mistakes:',
      '  - intervalMs must be a finite number of milliseconds above 0; received -1',
      '  - "metric" is no option; there are metrics, actor, actorLabel, mayRestart, headers, limitBytes, fetch, intervalMs, timeoutMs, mayBeAway',
      '  - url must be that of an endpoint, such as "http://127.0.0.1:9100/metrics"; received "localhost:9100"',
      '  - limitBytes must be a whole number above 0; received 0',
      '  - actor and actorLabel exclude each other: the one says whose all is, the other reads it from a label',
      '  - metrics[0] must be the name of a metric, or an object with the field metric; received 3',
      '  - metrics[1].labels must be an object; received 3',
      '  - metrics[1].kind must be "counter", "gauge" or "histogram"; received "sum"',
    ].join('\n'),
  );
});
