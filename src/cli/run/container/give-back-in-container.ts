import { Readable, Writable } from 'node:stream';
import type { Engine } from '../../../container/connect-engine.js';
import { messageOf } from '../../../core/message-of.js';
import { planEntryCommand } from '../../../native/locate-entry.js';
import type { GiveBackRequest } from '../giving-back.js';
import { checkThatFilesWereLaid, createWithMachineFiles, withLifetime } from './containers-of-a-run.js';

/** Has root in a container give back what root made in another: who may use the engine need not be root, but has one there. */
export async function giveBackInContainer(engine: Engine, request: GiveBackRequest): Promise<readonly string[]> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  try {
    const exit = await withLifetime(engine, async (lifetime) => {
      const container = await createWithMachineFiles(engine, lifetime, {
        command: planEntryCommand('cli/run/container/give-back'),
        writable: request.folders,
        capabilities: [],
        isPrivileged: false,
        keep: [],
        signal: new AbortController().signal,
      });
      await container.start();
      const ended = await container.relay(Readable.from([JSON.stringify(request)]), { stdout, stderr });
      await checkThatFilesWereLaid(container, ended);
      return ended;
    });
    if (exit.code !== 0) throw new Error(stderr.text.trim());
    return JSON.parse(stdout.text) as readonly string[];
  } catch (error) {
    const why = messageOf(error);
    const folders = request.folders.join(' ');
    console.error(`glovebox run: what root made in ${folders} cannot be given back: ${why}
  by hand: sudo chown -R ${request.uid}:${request.gid} ${folders}`);
    return [];
  }
}

class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
