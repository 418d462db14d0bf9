import { startContainer } from '../../../src/container/start-container.js';

const container = await startContainer({ image: { busybox: true } });
console.log(container.id);
setInterval(() => {}, 60_000);
