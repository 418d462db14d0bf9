import { onTestFinished, test } from 'vitest';
import { openWakeEvent } from '../../../src/native/poller.js';
import { TOTALS } from '../../../src/netns/capture/capture-protocol.js';
import { CaptureThread } from '../../../src/netns/capture/thread-handle.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

test('a capturing thread that has failed answers nobody, and keeps nobody waiting', async ({ expect }) => {
  const wake = openWakeEvent();
  onTestFinished(() => wake.close());
  const counts = new Float64Array(new SharedArrayBuffer((TOTALS.length + 1) * 8));
  const ring = { blockBytes: 65_536, blockCount: 1, retireMs: 10 };
  const thread = new CaptureThread({ fds: [-1], ring, wakeFd: wake.number, maxBytes: 1000, fileFd: undefined, counts });
  const waiting = thread.read(0, 'next');
  await expect(thread.stopped).rejects.toMatchObject({
    code: 'ERR_GLOVEBOX_THREAD_ENDED',
    message: expect.stringMatching(/^the capturing thread failed: .*EBADF/),
  });
  expect(await waiting).toBeUndefined();
  expect(await thread.read(0, 'now')).toBeUndefined();
  await expect(thread.stop()).rejects.toThrow('the capturing thread failed');
});
