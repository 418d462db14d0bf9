import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DisposedError, UsageError } from '../../src/core/errors.js';
import { runInScope } from '../../src/core/run-in-scope.js';
import { Scope } from '../../src/core/scope.js';
import { ScopeError } from '../../src/core/scope-error.js';

class Server implements AsyncDisposable {
  closings = 0;
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
    this.closings += 1;
  }
}

const failWith = (error: unknown) => () => {
  throw error;
};
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('Scope', () => {
  it('disposes of what it owns in reverse order, waiting for each', async () => {
    const log: string[] = [];
    const scope = new Scope({ name: 'test' });
    const pause = async (name: string): Promise<void> => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
    };
    expect(scope.adopt('directory', pause)).toBe('directory');
    scope.defer(() => pause('routes'));
    const socket = { [Symbol.dispose]: () => void log.push('socket') };
    expect(scope.use(socket)).toBe(socket);
    expect([scope.size, scope.closed]).toEqual([3, false]);
    const closing = scope.close();
    expect(scope.closed).toBe(true);
    await closing;
    expect(log).toEqual(['socket', 'routes begins', 'routes ends', 'directory begins', 'directory ends']);
    expect(scope.size).toBe(0);
  });

  it('prefers the asynchronous way of disposing', async () => {
    const log: string[] = [];
    const scope = new Scope();
    scope.use({
      [Symbol.dispose]: () => void log.push('sync'),
      [Symbol.asyncDispose]: async () => void log.push('async'),
    });
    await scope[Symbol.asyncDispose]();
    expect(log).toEqual(['async']);
  });

  it('works with await using', async () => {
    const server = new Server();
    {
      await using scope = new Scope();
      scope.use(server);
    }
    expect(server.closings).toBe(1);
  });

  it('goes on past failures and tells every one, with its label', async () => {
    const scope = new Scope({ name: 'test' });
    const server = scope.use(new Server());
    const first = new Error('busy\nstill busy');
    scope.adopt('/tmp/x', failWith('a string'));
    scope.use(new Server());
    scope.use({ [Symbol.dispose]: failWith(first) }, 'link "veth0"');
    scope.child('lab').defer(failWith(new TypeError('no')), 'host');
    const error = await failureOf(scope.close());
    expect(error).toBeInstanceOf(ScopeError);
    expect(error).toMatchObject({
      code: 'ERR_GLOVEBOX_TEARDOWN',
      errors: [new TypeError('no'), first, 'a string'],
      cause: new TypeError('no'),
      message:
        'scope "test": teardown failed in 3 places:\n' +
        '  - lab / host: TypeError: no\n' +
        '  - link "veth0": Error: busy\n    still busy\n' +
        '  - "/tmp/x" #2: threw "a string"',
    });
    expect(server.closings).toBe(1);
  });

  it('leaves it to a function how each thing is disposed of, in its children, too', async () => {
    const seen: string[] = [];
    const scope = new Scope({
      disposeOne: async (dispose, label) => {
        seen.push(label);
        if (label === 'hangs') throw new Error('it has not ended');
        await dispose();
      },
    });
    const server = scope.use(new Server(), 'server');
    scope.child('lab').defer(() => new Promise(() => {}), 'hangs');
    expect(await failureOf(scope.close())).toHaveProperty('failures', [
      { label: 'lab / hangs', error: new Error('it has not ended') },
    ]);
    expect([seen, server.closings]).toEqual([['hangs', 'server'], 1]);
    expect(() => new Scope({ disposeOne: 5 as never })).toThrow(UsageError);
  });

  it('names what has no label by its class or function, and its place', async () => {
    const scope = new Scope();
    const failing = new (class Lab {
      [Symbol.dispose](): void {
        throw new Error('x');
      }
    })();
    scope.use(failing);
    scope.defer(function restoreRoutes() {
      throw new Error('x');
    });
    scope.defer(failWith(new Error('x')));
    expect(await failureOf(scope.close())).toHaveProperty(
      'failures',
      ['deferred #3', 'restoreRoutes #2', 'Lab #1'].map((label) => ({ label, error: new Error('x') })),
    );
  });

  it('is safe to close twice: callers at once share the failure, later ones are not told again', async () => {
    const scope = new Scope();
    let calls = 0;
    scope.defer(() => {
      calls += 1;
      throw new Error('once');
    });
    const first = scope.close();
    expect(scope.close()).toBe(first);
    const failures = await Promise.all([failureOf(first), failureOf(scope.close())]);
    expect(failures[0]).toBeInstanceOf(ScopeError);
    expect(failures[1]).toBe(failures[0]);
    await scope.close();
    expect(calls).toBe(1);
  });

  it('is closed once by a disposer that closes it, too', async () => {
    const scope = new Scope();
    let calls = 0;
    scope.defer(() => {
      calls += 1;
    });
    scope.defer(() => void scope.close());
    await scope.close();
    expect(calls).toBe(1);
  });

  it('forgets a child that was closed by itself, and its failure', async () => {
    const scope = new Scope();
    const child = scope.child('lab');
    child.defer(failWith(new Error('x')));
    expect(scope.size).toBe(1);
    await expect(child.close()).rejects.toThrow('scope "lab": teardown failed in 1 place:\n  - deferred #1: Error: x');
    expect(scope.size).toBe(0);
    await scope.close();
  });

  it('waits for a child that is being closed', async () => {
    const scope = new Scope();
    const child = scope.child('lab');
    const server = child.use(new Server());
    const closing = child.close();
    await scope.close();
    expect(server.closings).toBe(1);
    await closing;
  });

  it('refuses what comes after it was closed, and disposes of it nevertheless', async () => {
    const scope = new Scope({ name: 'test' });
    await scope.close();
    const server = new Server();
    const late = (call: string): string =>
      `scope "test" is closed: ${call} is no longer possible. It is disposed of instead, so that nothing leaks. ` +
      'Do it before the scope or test that owns it ends';
    const log: string[] = [];
    expect(() => scope.use(server)).toThrow(DisposedError);
    expect(() => scope.use(server)).toThrow(late('use(Server #2)'));
    expect(() => scope.adopt('path', (path) => log.push(path), 'directory')).toThrow(late('adopt(directory)'));
    expect(() => scope.defer(() => log.push('deferred'))).toThrow(late('defer(deferred #4)'));
    expect(() => scope.child('lab')).toThrow(
      'scope "test" is closed: child("lab") is no longer possible. Do it before the scope or test that owns it ends',
    );
    await Promise.resolve();
    expect(server.closings).toBe(2);
    expect(log).toEqual(['path', 'deferred']);
    expect(scope.size).toBe(0);
  });

  it('disposes, as part of the same teardown, of what comes while it is closed', async () => {
    const scope = new Scope();
    const server = new Server();
    const broken = { [Symbol.dispose]: failWith(new Error('broken')) };
    scope.defer(() => {
      expect(() => scope.use(server)).toThrow(DisposedError);
      scope.use(broken, 'late');
    }, 'opener');
    const error = await failureOf(scope.close());
    expect(server.closings).toBe(1);
    expect(error).toHaveProperty('failures', [
      { label: 'opener', error: expect.any(DisposedError) },
      { label: 'late', error: new Error('broken') },
    ]);
  });

  it('warns when what came too late cannot be disposed of', async () => {
    const scope = new Scope();
    await scope.close();
    const warned = new Promise<Error>((resolve) => {
      process.once('warning', resolve);
    });
    expect(() => scope.defer(failWith(new Error('x')), 'routes')).toThrow(DisposedError);
    expect(await warned).toMatchObject({
      name: 'GloveboxWarning',
      message: 'routes came after its scope had closed, and could not be disposed of: [Error: x]',
    });
  });

  it('refuses what it cannot own, and stays as it was', async () => {
    const scope = new Scope();
    const notAFunction = 'close' as unknown as () => void;
    const notAResource = { close: 1 } as unknown as Disposable;
    expect(() => scope.use(notAResource)).toThrow(
      new UsageError(
        'Scope.use',
        'resource must have Symbol.asyncDispose or Symbol.dispose; received {"close":1}. Use adopt(value, dispose) instead',
      ),
    );
    expect(() => scope.adopt(1, notAFunction)).toThrow('Scope.adopt: dispose must be a function; received "close"');
    expect(() => scope.defer(notAFunction)).toThrow('Scope.defer: fn must be a function; received "close"');
    expect(() => scope.defer(() => {}, '')).toThrow(
      'Scope.defer: label must be a string that is not empty; received ""',
    );
    expect(() => scope.child('')).toThrow('Scope.child: name must be a string that is not empty; received ""');
    expect(() => new Scope({ name: '' })).toThrow('Scope: name must be a string that is not empty; received ""');
    expect(scope.size).toBe(0);
    await scope.close();
  });

  it('closes any tree of scopes wholly, in reverse, and reports exactly what failed', async () => {
    type Step = { readonly kind: 'item' | 'child' | 'close'; readonly scope: number; readonly fails: boolean };
    const steps: fc.Arbitrary<Step[]> = fc.array(
      fc.record({ kind: fc.constantFrom('item', 'item', 'child', 'close'), scope: fc.nat(9), fails: fc.boolean() }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        type Node = { readonly scope: Scope; readonly owns: (Node | number)[] };
        const root: Node = { scope: new Scope({ name: 'root' }), owns: [] };
        const nodes = [root];
        const disposed: number[] = [];
        const expected: number[] = [];
        const failing = new Set<number>();
        const reported: unknown[] = [];
        const collect = (error: unknown): void => {
          if (error instanceof ScopeError) reported.push(...error.errors);
        };
        const takeDown = (node: Node): void => {
          for (let owned = node.owns.pop(); owned !== undefined; owned = node.owns.pop()) {
            if (typeof owned === 'number') expected.push(owned);
            else takeDown(owned);
          }
        };
        for (const [id, step] of list.entries()) {
          const node = nodes[step.scope % nodes.length] ?? root;
          if (step.kind === 'close' && node !== root) {
            takeDown(node);
            collect(await failureOf(node.scope.close()));
          } else if (node.scope.closed) {
          } else if (step.kind === 'child') {
            const child: Node = { scope: node.scope.child(`scope ${id}`), owns: [] };
            node.owns.push(child);
            nodes.push(child);
          } else {
            if (step.fails) failing.add(id);
            node.owns.push(id);
            node.scope.adopt(id, async () => {
              disposed.push(id);
              if (step.fails) throw id;
            });
          }
        }
        takeDown(root);
        collect(await failureOf(root.scope.close()));
        expect(disposed).toEqual(expected);
        expect(reported).toEqual(expected.filter((id) => failing.has(id)));
        expect(nodes.map(({ scope }) => [scope.closed, scope.size])).toEqual(nodes.map(() => [true, 0]));
      }),
    );
  });
});

describe('runInScope', () => {
  it('gives the result of the function once the scope is closed', async () => {
    const server = new Server();
    const result = await runInScope((scope) => scope.use(server).closings);
    expect([result, server.closings]).toEqual([0, 1]);
  });

  it("throws the function's own error when only that failed", async () => {
    const failure = new Error('assertion');
    const server = new Server();
    const running = runInScope((scope) => {
      scope.use(server);
      throw failure;
    });
    await expect(running).rejects.toBe(failure);
    expect(server.closings).toBe(1);
  });

  it('throws the failures of the teardown when only that failed', async () => {
    const running = runInScope((scope) => scope.defer(failWith(new Error('x')), 'routes'), { name: 'test' });
    await expect(running).rejects.toThrow('scope "test": teardown failed in 1 place:\n  - routes: Error: x');
  });

  it("shows both when both failed, the function's own first", async () => {
    const failure = new TypeError('expected 1\nreceived 2');
    const error = await failureOf(
      runInScope(
        (scope) => {
          scope.defer(failWith(new Error('x')), 'routes');
          throw failure;
        },
        { name: 'test' },
      ),
    );
    expect(error).toBeInstanceOf(ScopeError);
    expect(error).toMatchObject({
      message:
        'TypeError: expected 1\nreceived 2\n\nAnd then, scope "test": teardown failed in 1 place:\n  - routes: Error: x',
      errors: [failure, new Error('x')],
      failures: [{ label: 'routes', error: new Error('x') }],
    });
    expect(error).toHaveProperty('cause', failure);
  });

  it('keeps a failure whole that is no error', async () => {
    await expect(runInScope(failWith(undefined))).rejects.toBeUndefined();
  });
});
