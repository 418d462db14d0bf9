import { vi } from 'vitest';

interface MockedProgram {
  readonly id: number;
  readonly name: string;
}

interface MockedLink {
  readonly id: number;
  readonly programId: number;
}

/** The mock that a test would make instead of a fake kernel: asynchronous, and recorded by `vi.fn()`. */
export function createMockKernel() {
  let lastId = 0;
  return {
    load: vi.fn(async (spec: { readonly name: string; readonly type: 'xdp' }): Promise<MockedProgram> => {
      lastId += 1;
      return { id: lastId, name: spec.name };
    }),
    attach: vi.fn(
      async (spec: {
        readonly type: 'xdp';
        readonly program: MockedProgram;
        readonly ifindex: number;
      }): Promise<MockedLink> => {
        lastId += 1;
        return { id: lastId, programId: spec.program.id };
      },
    ),
    detach: vi.fn(async (_link: MockedLink): Promise<void> => undefined),
    unload: vi.fn(async (_program: MockedProgram): Promise<void> => undefined),
  };
}
