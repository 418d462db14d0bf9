// Pauses a lab, and says how that ended.
import { createLab } from '../../../../src/netns/lab/create-lab.js';

await using lab = await createLab({ hosts: { a: {} } });
console.log('ended by', await lab.pause());
