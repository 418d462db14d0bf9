import { closeSync, writeSync } from 'node:fs';
import { connect, type Msg } from '@nats-io/transport-node';
import { COLLECT } from '../../../src/collector/collect.ts';
import { type CollectorKind, taskTopic } from '../../../src/protocol/topics.ts';

// A collector of the same work, for NATS: `node nats-collector.ts NAME KIND PORT`. It is ready when a line is on descriptor 3.
const [, , name = '', kind = '', port = ''] = process.argv;
const connection = await connect({ port: Number(port), maxReconnectAttempts: -1, reconnectTimeWait: 50 });
const topic = taskTopic(kind as CollectorKind);
const answer = (error: Error | null, message: Msg): void => {
  if (error !== null) throw error;
  void perform(message);
};
const perform = async (message: Msg): Promise<void> => {
  const payload = await COLLECT[kind as CollectorKind](message.json());
  message.respond(JSON.stringify({ by: name, payload }));
};
connection.subscribe(topic, { queue: 'collectors', callback: answer });
connection.subscribe(`${topic}.to.${name}`, { callback: answer });
connection.subscribe(`${topic}.who`, { callback: (_, message) => void message.respond(name) });
await connection.flush();
writeSync(3, 'ready\n');
closeSync(3);
