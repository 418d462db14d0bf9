import { describe, expect, test } from 'vitest';
import { Counter, Histogram, Reading, renderMetrics } from '../../src/coordinator/metrics.ts';
import { MemoryFleet, taskOf } from '../support/memory-fleet.ts';

describe('The text for Prometheus', () => {
  test('a counter is there from the beginning, and adds up by its labels', () => {
    const counter = new Counter('fleet_things_total', 'Things');
    expect(renderMetrics([counter])).toBe(
      '# HELP fleet_things_total Things\n# TYPE fleet_things_total counter\nfleet_things_total 0\n',
    );
    counter.add(2, { kind: 'a' });
    counter.add(1, { kind: 'b' });
    counter.add(3, { kind: 'a' });
    expect(counter.lines()).toEqual(['fleet_things_total{kind="a"} 5', 'fleet_things_total{kind="b"} 1']);
  });

  test('what would end a label is escaped', () => {
    const reading = new Reading('fleet_x', 'X', 'gauge', () => [[1, { worker: 'a"b\\c\nd' }]]);
    expect(reading.lines()).toEqual(['fleet_x{worker="a\\"b\\\\c\\nd"} 1']);
  });

  test('buckets of a histogram hold all below them', () => {
    const histogram = new Histogram('fleet_seconds', 'Seconds');
    for (const value of [0.0005, 0.003, 0.003, 0.2, 100]) histogram.observe(value);
    const lines = histogram.lines();
    const read = (le: string) => lines.find((line) => line.includes(`le="${le}"`))?.split(' ')[1];
    expect([read('0.001'), read('0.0025'), read('0.005'), read('0.25'), read('60'), read('+Inf')]).toEqual([
      '1',
      '1',
      '3',
      '4',
      '4',
      '5',
    ]);
    expect(lines).toContain('fleet_seconds_count 5');
  });

  test('a coordinator tells of tasks, connections, messages, checkpoints, and of each worker', async () => {
    using fleet = await new MemoryFleet({ workers: 2 }).start();
    const long = { steps: 20, checkpointEvery: 5, recordBytes: 300 };
    fleet.submit(taskOf('a', long), taskOf('b', long), taskOf('c', { input: '' }));
    await fleet.settle();
    await fleet.clock.advance(1500);
    const text = fleet.coordinator?.metrics.render() ?? '';
    const read = (series: string) =>
      Number(new RegExp(`^${series.replace(/[{}"]/g, '\\$&')} (.+)$`, 'm').exec(text)?.[1]);
    expect(read('fleet_tasks_submitted_total')).toBe(3);
    expect(read('fleet_tasks_done_total')).toBe(2);
    expect(read('fleet_tasks_failed_total')).toBe(1);
    expect(read('fleet_connections_total{result="accepted"}')).toBe(3);
    expect(read('fleet_workers_connected')).toBe(2);
    expect(read('fleet_checkpoints_created_total')).toBe(6);
    expect(read('fleet_task_seconds_count{priority="normal"}')).toBe(3);
    expect(read('fleet_compression_ratio')).toBeGreaterThan(2);
    const done = [1, 2].map((number) => read(`fleet_worker_tasks_done_total{worker="worker-${number}"}`));
    expect(done.reduce((sum, each) => sum + each)).toBe(2);
    expect(read('fleet_worker_resident_bytes{worker="worker-1"}')).toBeGreaterThan(1e6);
    const messages = read('fleet_messages_received_total');
    expect(messages).toBeGreaterThan(10);
    expect(read('fleet_message_delivery_seconds_count')).toBeGreaterThan(5);
  });
});
