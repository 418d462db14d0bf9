import { readFileSync } from 'node:fs';
import { DescriptorChannel } from '../../../src/process/descriptors/descriptor-channel.js';

// Reads every file that it is passed on descriptor 3, and sends each back with what was in all of them.
using channel = DescriptorChannel.from(3);
for (let message = await channel.receive({ timeoutMs: 60_000 }); message; message = await channel.receive()) {
  const texts = message.descriptors.map(({ number }) => readFileSync(number, 'utf8'));
  await channel.send(`${new TextDecoder().decode(message.bytes)}: ${texts.join(', ')}`, message.descriptors);
  for (const descriptor of message.descriptors) descriptor.close();
}
