import { expect, test } from 'vitest';
import { createLog } from '../../src/log.ts';

test('each event is a line of JSON, which says when it was and whose it is', () => {
  const lines: string[] = [];
  const log = createLog('worker-1', (line) => lines.push(line));
  log('connected', { attempts: 2, reason: 'a\nb' });
  log('idle');
  expect(lines.map((line) => line.at(-1))).toEqual(['\n', '\n']);
  const [first, second] = lines.map((line) => JSON.parse(line));
  expect(first).toMatchObject({ who: 'worker-1', event: 'connected', attempts: 2, reason: 'a\nb' });
  expect(second).toEqual({ at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), who: 'worker-1', event: 'idle' });
});
