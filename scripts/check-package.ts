// `npm run check:package`: is what would be published right? publint and are-the-types-wrong look at the built package,
// knip for files, exports and dependencies that nobody uses.
import { runCheck, runChecks } from './checks.js';

const build = await runCheck({ name: 'build', command: ['npm', 'run', '--silent', 'build', '--', '--if-stale'] });
const results = build.passed
  ? await runChecks(
      [
        [
          { name: 'publint', command: ['publint', '--strict'] },
          { name: 'are the types wrong', command: ['attw', '--pack', '.', '--profile', 'esm-only', '--no-emoji'] },
        ],
        [{ name: 'knip', command: ['knip'] }],
      ],
      () => undefined,
    )
  : [build];
for (const { name, passed, output } of results) {
  console.log(`${passed ? '✓' : '✗'} ${name}${passed ? '' : `\n${output}\n`}`);
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
