import { expect, test } from 'vitest';
import { planGuestEnvironment } from '../../../src/cli/run/vm/guest-environment.js';

const EMULATED = { accelerator: 'tcg', keep: ['TOKEN'] } as const;

test('a command in a machine has the environment of root, and HOME', () => {
  const own = { PATH: '/bin', TOKEN: 'mine', SECRET: 'no' };
  expect(planGuestEnvironment(own, { accelerator: 'kvm', keep: [] })).toEqual({ PATH: '/bin', HOME: '/root' });
  expect(planGuestEnvironment({ ...own, HOME: '/home/me' }, { accelerator: 'kvm', keep: ['TOKEN'] })).toEqual({
    PATH: '/bin',
    TOKEN: 'mine',
    HOME: '/home/me',
  });
});

test('where it is emulated, it is told so, and each Node has what those before it compiled', () => {
  expect(planGuestEnvironment({}, EMULATED)).toEqual({
    HOME: '/root',
    GLOVEBOX_EMULATED: '1',
    NODE_COMPILE_CACHE: '/run/node-compile-cache',
  });
});

test.each([{ NODE_COMPILE_CACHE: '/own' }, { NODE_DISABLE_COMPILE_CACHE: '1' }, { NODE_V8_COVERAGE: 'coverage' }])(
  'a cache of its own, none, or coverage stays as it is: %o',
  (own) => {
    expect(planGuestEnvironment(own, EMULATED)).toEqual({ HOME: '/root', GLOVEBOX_EMULATED: '1', ...own });
  },
);
