import { Scope } from '../../src/core/scope.js';
import type { Benchmark } from '../benchmark.js';
import { measureRates } from '../measure.js';

const resources = 10;

async function ownWithScope(): Promise<void> {
  const scope = new Scope();
  for (let index = 0; index < resources; index += 1) {
    scope.defer(() => undefined);
  }
  await scope.close();
}

async function ownWithStack(): Promise<void> {
  const stack = new AsyncDisposableStack();
  for (let index = 0; index < resources; index += 1) {
    stack.defer(() => undefined);
  }
  await stack.disposeAsync();
}

export default [
  {
    group: 'core',
    name: 'a scope that owns ten resources, made and closed',
    unit: 'op/s',
    target: 0.2,
    direction: 'at least',
    async run() {
      return { ...(await measureRates(ownWithScope, ownWithStack)), peerName: 'AsyncDisposableStack' };
    },
  },
] satisfies readonly Benchmark[];
