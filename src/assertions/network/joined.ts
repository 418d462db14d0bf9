import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, TimeoutError, UsageError } from '../../core/errors.js';
import type { LabHost } from '../../netns/lab/lab-host.js';
import { assertLook, type Expectation, findWaitMistakes, type WaitOptions } from '../look.js';
import { isObject } from './subjects.js';
import { findTextMistakes } from './text.js';

/** Where a group is to be joined. */
export interface JoinedGroupOptions extends WaitOptions {
  /** The name of the interface. @defaultValue any */
  readonly interface?: string;
}

/** A host that knows what it has joined: that of a lab. */
export type JoiningSubject = Pick<LabHost, 'name' | 'joined'>;

/** @internal What `assertHasJoined` and `toHaveJoined` are about. @throws UsageError with every mistake */
export function expectJoined(subject: JoiningSubject, group: string, options: JoinedGroupOptions = {}): Expectation {
  const matcher = 'toHaveJoined';
  if (!isObject(subject) || typeof subject['joined'] !== 'function')
    throw new UsageError(matcher, `expected a host of a lab; received ${quote(subject)}`);
  checkOptions(matcher, options);
  const { interface: device } = options;
  const mistakes = [
    ...findTextMistakes('group', group ?? ''),
    ...findUnknownOptions(options, ['interface', 'timeoutMs']),
    ...findTextMistakes('interface', device),
    ...findWaitMistakes(options),
  ];
  if (mistakes.length > 0) throw new UsageError(matcher, mistakes);
  const place = device === undefined ? {} : { interface: device };
  return {
    subject: quote(subject.name),
    what: `have joined ${group}${device === undefined ? '' : ` on ${device}`}`,
    expected: { group, ...place },
    look: async () => {
      try {
        const memberships = await subject.joined(group, { ...place, timeoutMs: 0 });
        return { holds: true, seen: 'it has', actual: memberships };
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        // Its own message begins with what was waited for, which is said here already.
        return { holds: false, seen: error.message.replace(/^Timed out after .*? waiting for .*?: /, '') };
      }
    },
  };
}

/**
 * Asserts that packets of a group would come to a host: its kernel is in the group, and the switch that it is on, if it
 * snoops, knows.
 *
 * @throws AssertionError that tells which of both is missing; UsageError
 *
 * @example
 * ```ts
 * await assertHasJoined(lab.hosts.receiver, '239.1.1.1', { interface: 'eth0' });
 * ```
 */
export async function assertHasJoined(
  subject: JoiningSubject,
  group: string,
  options: JoinedGroupOptions = {},
): Promise<void> {
  await assertLook(expectJoined(subject, group, options), options.timeoutMs);
}
