import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import type { Inside } from '../inside.js';
import { ProcessGroup } from './process-group.js';

/** Node's `spawn`, whose children are in a namespace. */
export type SpawnInside = typeof spawn;

/** Node's `spawnSync`, whose children are in a namespace. */
export type SpawnSyncInside = typeof spawnSync;

/**
 * Node's own function, forked inside: the fork happens on the calling thread before `spawn` returns. A child leads a
 * process group of its own unless `detached: false` is asked for, and is killed with its group when the namespace ends;
 * when this process ends, however it does, everything in the namespace is.
 */
export function createSpawn(inside: Inside): SpawnInside {
  return new Proxy(spawn, {
    apply(target, self, args: readonly unknown[]) {
      const [command, argv, options] = normalize(args);
      inside.guard();
      const child: ChildProcess = inside.run(() => Reflect.apply(target, self, [command, argv, options]));
      own(inside, child, command, options.detached === true);
      return child;
    },
  });
}

/** As {@link createSpawn}, for `spawnSync`: the thread stays inside until the child has ended. */
export function createSpawnSync(inside: Inside): SpawnSyncInside {
  return new Proxy(spawnSync, {
    apply(target, self, args: readonly unknown[]) {
      inside.guard();
      return inside.run(() => Reflect.apply(target, self, args));
    },
  });
}

/** Node takes (command), (command, args), (command, options) and (command, args, options). */
function normalize([command, second, third]: readonly unknown[]): readonly [unknown, unknown, SpawnOptions] {
  const [args, options] = Array.isArray(second) || second == null ? [second, third] : [[], second];
  return [command, args ?? [], { detached: true, ...(typeof options === 'object' ? options : undefined) }];
}

function own(inside: Inside, child: ChildProcess, command: unknown, isLeader: boolean): void {
  // A command that could not be started tells so by its `error` event.
  if (child.pid === undefined) return;
  const group = new ProcessGroup(child, child.pid, isLeader, inside.inode);
  inside.belongings.add({
    label: `process ${child.pid} (${String(command)})`,
    stop: () => group.kill(),
    ended: group.ended,
  });
}
