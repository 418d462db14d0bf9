import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExposition } from '../../../../src/scenarios/measures/sources/parse-exposition.js';

/** Samples as plain data. */
function samplesOf(text: string) {
  return parseExposition(text).families.flatMap(({ samples }) =>
    samples.map(({ labels, ...sample }) => ({ ...sample, labels: Object.fromEntries(labels) })),
  );
}

test('families with their types, help and figures', () => {
  const text = [
    '# HELP http_requests_total The total number of HTTP requests.',
    '# TYPE http_requests_total counter',
    'http_requests_total{method="post",code="200"} 1027 1395066363000',
    'http_requests_total{method="post",code="400"}    3 1395066363000',
    '',
    '# A comment of somebody',
    'metric_without_timestamp_and_labels 12.47',
    'something_weird{problem="division by zero"} +Inf -3982045',
    '# TYPE rpc_duration_seconds summary',
    'rpc_duration_seconds{quantile="0.5"} NaN',
    'rpc_duration_seconds_sum 1.7560473e+07',
    'rpc_duration_seconds_count 2693',
    '',
  ].join('\n');
  expect(parseExposition(text)).toMatchObject({
    mistakes: [],
    isEnded: false,
    families: [
      {
        name: 'http_requests_total',
        type: 'counter',
        help: 'The total number of HTTP requests.',
        samples: [{ value: 1027, timestamp: 1_395_066_363_000 }, { value: 3 }],
      },
      { name: 'metric_without_timestamp_and_labels', type: 'untyped', samples: [{ value: 12.47 }] },
      { name: 'something_weird', samples: [{ value: Number.POSITIVE_INFINITY, timestamp: -3_982_045 }] },
      {
        name: 'rpc_duration_seconds',
        type: 'summary',
        samples: [{ value: Number.NaN }, { value: 17_560_473 }, { value: 2693 }],
      },
    ],
  });
});

test('escapes in labels and help', () => {
  const text =
    '# HELP path A\\\\B\\nC \\"\npath{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find:\\n\\"FILE\\"",} 1.458255915e9';
  expect(parseExposition(text).families[0]?.help).toBe('A\\B\nC "');
  expect(samplesOf(text)).toEqual([
    { name: 'path', value: 1_458_255_915, labels: { path: 'C:\\DIR\\FILE.TXT', error: 'Cannot find:\n"FILE"' } },
  ]);
});

test('braces, commas, hashes and blanks within a label are a part of it', () => {
  expect(samplesOf('a{ b = "x} 1 # {," , c="" } 2')).toEqual([
    { name: 'a', value: 2, labels: { b: 'x} 1 # {,', c: '' } },
  ]);
});

test('OpenMetrics: units, exemplars, times in seconds, times of creation and the end', () => {
  const text = [
    '# TYPE foo_seconds counter',
    '# UNIT foo_seconds seconds',
    'foo_seconds_total 17.0 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67 1520879607.789',
    'foo_seconds_created 1520430000.123',
    '# TYPE b histogram',
    'b_bucket{le="0.1"} 8 # {} 0.05',
    'b_bucket{le="+Inf"} 10',
    '# EOF',
  ].join('\n');
  expect(parseExposition(text)).toMatchObject({
    isEnded: true,
    mistakes: [],
    families: [
      {
        name: 'foo_seconds',
        unit: 'seconds',
        samples: [{ name: 'foo_seconds_total', value: 17, timestamp: 1_520_879_607.789 }, {}],
      },
      { name: 'b', samples: [{ value: 8 }, { value: 10 }] },
    ],
  });
  expect(parseExposition('# EOF\nfoo 1').mistakes).toEqual(['line 2: there is more after # EOF']);
});

test('names in quotes, as of Prometheus 3', () => {
  expect(samplesOf('{"my.metric","a label"="1"} 5\n{"other"} 6')).toEqual([
    { name: 'my.metric', value: 5, labels: { 'a label': '1' } },
    { name: 'other', value: 6, labels: {} },
  ]);
});

test.each([
  ['<!doctype html>', 'no name of a metric in "<!doctype html>"'],
  ['a', 'no value in "a"'],
  ['a{b="1"}', 'no value in "a{b=\\"1\\"}"'],
  ['a one', 'a value that is no number, "one", in "a one"'],
  ['a 0x10', 'a value that is no number, "0x10", in "a 0x10"'],
  ['a 1 now', 'a time that is no number, "now", in "a 1 now"'],
  ['a 1 2 3', '"3" too much in "a 1 2 3"'],
  ['a{b=1} 2', 'no value of the label "b" in "a{b=1} 2"'],
  ['a{b="1" c="2"} 2', 'no } after its labels in "a{b=\\"1\\" c=\\"2\\"} 2"'],
  ['a{b="1",b="2"} 2', 'the label "b" twice in "a{b=\\"1\\",b=\\"2\\"} 2"'],
  ['a{b="1} 2', 'no value of the label "b" in "a{b=\\"1} 2"'],
  ['a{"b"} 2', 'two names in "a{\\"b\\"} 2"'],
])('%s is a mistake in its line, and takes no other along', (line, mistake) => {
  const { mistakes, families } = parseExposition(`before 1\n${line}\nafter 2`);
  expect(mistakes).toEqual([`line 2: ${mistake}`]);
  expect(families.map(({ name }) => name)).toEqual(['before', 'after']);
});

test('a series that is told twice, and a type that comes too late', () => {
  expect(parseExposition('a{b="1",c="2"} 1\na{c="2",b="1"} 2\na{b="2"} 1').mistakes).toEqual([
    'line 2: told twice: "a{c=\\"2\\",b=\\"1\\"} 2"',
  ]);
  expect(parseExposition('a 1\n# TYPE a counter').mistakes).toEqual([
    'line 2: the type of "a" comes after its figures',
  ]);
});

test('what is wrong a thousand times is read no further', () => {
  const { mistakes, families } = parseExposition(`a 1\n${'nonsense\n'.repeat(5000)}b 1`);
  expect(mistakes.length).toBe(1001);
  expect(mistakes.at(-1)).toBe('what comes after line 1001 was not read');
  expect(families.map(({ name }) => name)).toEqual(['a']);
});

test('whatever is written is read back', () => {
  const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/);
  const label = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/);
  const labels = fc.uniqueArray(fc.tuple(label, fc.string()), { selector: ([key]) => key, maxLength: 4 });
  const escapeText = (text: string): string =>
    text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
  fc.assert(
    fc.property(
      name,
      labels,
      fc.double(),
      fc.option(fc.integer(), { nil: undefined }),
      (called, pairs, value, timestamp) => {
        const inside = pairs.map(([key, text]) => `${key}="${escapeText(text)}"`).join(',');
        const number =
          value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
        const stamp = timestamp === undefined ? '' : ` ${timestamp}`;
        expect(samplesOf(`${called}{${inside}} ${number}${stamp}`)).toEqual([
          {
            name: called,
            value: Object.is(value, -0) ? 0 : value,
            labels: Object.fromEntries(pairs),
            ...(timestamp === undefined ? {} : { timestamp }),
          },
        ]);
      },
    ),
  );
});

test('no text makes it throw or take long', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('a', '{', '}', '"', '\\', ',', '=', ' ', '#', '1', '\n', 'é'),
        maxLength: 300,
      }),
      (text) => {
        parseExposition(text);
      },
    ),
  );
  expect(parseExposition(`a{b="${'\\'.repeat(100_000)}`).mistakes).toHaveLength(1);
  expect(parseExposition(`# HELP "${'\\'.repeat(100_000)}`).mistakes).toEqual([]);
});
