import type { FleetEvent, FleetUnderTest } from '../test/support/fleet-under-test.ts';

type Figures = Readonly<Record<string, number>>;

/** What programs have logged over all their runs, as figures; what they expose begins anew when they do. */
export function figuresOf(fleet: FleetUnderTest) {
  return {
    worker(name: string): Figures {
      const events = fleet.events(fleet.worker(name));
      const connected = select(events, 'connected');
      const attempts = connected.length + select(events, 'disconnected').filter(isAttempt(events)).length;
      const ends = select(events, 'end');
      const reconnectMs = connected.flatMap(({ fields }) => toNumbers(fields['reconnectMs']));
      const taskMs = ends.flatMap(({ fields }) => toNumbers(fields['tookMs']));
      return {
        reconnections: reconnectMs.length,
        'mean time to reconnect (ms)': mean(reconnectMs),
        'connections that succeed (%)': attempts === 0 ? 0 : (100 * connected.length) / attempts,
        'tasks done': ends.filter(({ fields }) => fields['isDone'] === true).length,
        'tasks failed': ends.filter(({ fields }) => fields['isDone'] === false).length,
        'mean time of a task (ms)': mean(taskMs),
        'taken up from a checkpoint': select(events, 'begin').filter(({ fields }) => fields['step'] !== 0).length,
      };
    },
    coordinator(): Figures {
      const events = fleet.events(fleet.coordinator);
      const count = (event: string): number => select(events, event).length;
      return {
        'tasks submitted': count('submit'),
        'tasks assigned': count('assign'),
        'connections accepted': count('connected'),
        'connections lost': count('disconnected'),
        'leases ended': count('lease ended'),
        'checkpoints created': count('checkpoint'),
        'recovered from its store': count('recovered'),
      };
    },
  };
}

function select(events: readonly FleetEvent[], event: string): readonly FleetEvent[] {
  return events.filter((each) => each.event === event);
}

/** A loss right after a connection is the end of that one; any other one is an attempt that failed. */
function isAttempt(events: readonly FleetEvent[]): (event: FleetEvent) => boolean {
  const ends = new Set<FleetEvent>();
  let isConnected = false;
  for (const event of events) {
    if (event.event === 'connected') isConnected = true;
    else if (event.event === 'disconnected') {
      if (isConnected) ends.add(event);
      isConnected = false;
    }
  }
  return (event) => !ends.has(event);
}

function toNumbers(value: unknown): readonly number[] {
  return typeof value === 'number' ? [value] : [];
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
}
