import { systemClock } from './clock.ts';

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Takes one event, with what there is to say about it. */
export type Log = (event: string, fields?: LogFields) => void;

/** Writes each event as a line of JSON, which begins with when it was and whose it is. */
export function createLog(who: string, write = (line: string): unknown => process.stdout.write(line)): Log {
  return (event, fields = {}) => {
    const at = new Date(systemClock.now()).toISOString();
    write(`${JSON.stringify({ at, who, event, ...fields })}\n`);
  };
}

export const silent: Log = () => {};
