import { areDefined, malformedLine, parseCount, splitLines, splitWords } from '../../process/proc/malformed.js';

/** What a device has received or sent. */
export interface TrafficCounters {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

/** The counters of a device. */
export interface DeviceCounters {
  readonly interface: string;
  readonly received: TrafficCounters & { readonly multicast: number };
  readonly sent: TrafficCounters;
}

/** /proc/net/dev: net/core/net-procfs.c, dev_seq_printf_stats. @throws KernelError EBADMSG */
export function parseDevices(text: string): readonly DeviceCounters[] {
  return splitLines(text)
    .slice(2)
    .map((line) => {
      // A name may hold a colon, as an old alias does; the numbers hold none.
      const end = line.lastIndexOf(':');
      const name = line.slice(0, Math.max(end, 0)).trim();
      const counts = splitWords(line.slice(end + 1)).map(parseCount);
      if (name === '' || counts.length !== 16 || !areDefined(counts)) throw malformedLine('dev', line);
      return {
        interface: name,
        received: { ...toTraffic(counts, 0), multicast: counts[7] ?? 0 },
        sent: toTraffic(counts, 8),
      };
    });
}

function toTraffic(counts: readonly number[], from: number): TrafficCounters {
  const [bytes = 0, packets = 0, errors = 0, dropped = 0] = counts.slice(from);
  return { bytes, packets, errors, dropped };
}
