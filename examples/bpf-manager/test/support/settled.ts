import { type TestKernel, until } from 'glovebox';

/** Waits until the kernel has freed what nothing holds any more: Linux takes a moment for that, the fake none. */
export async function settled(kernel: TestKernel): Promise<void> {
  if (kernel.isSettled()) return;
  await until(() => kernel.isSettled(), { intervalMs: 1, description: 'the kernel to free what nothing holds' });
}

/** A client between whose requests the kernel has time to settle, so that a test sees what came of each. */
export function settleBetween<Client extends object>(client: Client, kernel: TestKernel): Client {
  return new Proxy(client, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      return async (...request: readonly unknown[]) => {
        await settled(kernel);
        try {
          return await member.apply(target, request);
        } finally {
          await settled(kernel);
        }
      };
    },
  });
}
