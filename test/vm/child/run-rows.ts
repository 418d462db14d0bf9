import { hasNetem } from '../../netns/impair/impair-cases.js';
import { rows } from './rows.js';

console.log(JSON.stringify({ hasNetem: hasNetem() }));
for (const { title, run } of rows) {
  const from = performance.now();
  const failure = await run().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  console.log(JSON.stringify({ title, failure, tookMs: Math.round(performance.now() - from) }));
}
process.exit();
