/** The unit of time of the older parts of traffic control: include/net/pkt_sched.h, PSCHED_SHIFT; /proc/net/psched. */
const NANOSECONDS_PER_TICK = 64;

/** Microseconds as ticks. */
export function toTicks(microseconds: number): number {
  return Math.round((microseconds * 1000) / NANOSECONDS_PER_TICK);
}

/** Ticks as microseconds. */
export function fromTicks(ticks: number): number {
  return (ticks * NANOSECONDS_PER_TICK) / 1000;
}
