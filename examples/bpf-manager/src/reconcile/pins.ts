import type { Pin } from 'glovebox/kernel';
import type { Context } from '../context.js';
import { unlessGone } from '../errors.js';
import type { Finding } from './finding.js';
import type { Survey } from './survey.js';

/** Pins and directories below the root that belong to nothing. */
export function findPinDifferences(context: Context, survey: Survey): readonly Finding[] {
  return [...findStrayPins(context, survey), ...findStrayDirectories(context, survey)];
}

function findStrayPins(context: Context, survey: Survey): readonly Finding[] {
  return [...survey.pins.values()]
    .filter((pin) => isStray(context, survey, pin))
    .map((pin) => ({
      kind: 'pin-only-on-file-system',
      subject: pin.path,
      detail: `it holds ${pin.kind} ${pin.id}, and nothing in the database knows it`,
      stage: 'pins',
      repair: () => unlessGone(() => context.kernel.unpin(pin.path)),
    }));
}

/** Whether a pin is none that another comparison is about. */
function isStray({ paths }: Context, survey: Survey, pin: Pin): boolean {
  const place = paths.describe(pin.path);
  switch (place?.thing) {
    case undefined:
    case 'revision':
      return true;
    case 'program':
      return pin.kind !== 'program';
    case 'maps':
      return !survey.programs.has(place.programId) && !survey.pins.has(paths.program(place.programId));
    case 'dispatcher':
      return pin.kind !== 'program';
    case 'link':
    case 'slot':
    case 'dispatcher-link':
      return pin.kind !== 'link';
  }
}

function findStrayDirectories(context: Context, survey: Survey): readonly Finding[] {
  return survey.directories
    .filter((directory) => !isInUse(context, survey, directory))
    .map((directory) => ({
      kind: 'pin-only-on-file-system',
      subject: directory,
      detail: 'it is a directory that nothing in the database knows',
      stage: 'directories',
      repair: () => unlessGone(() => context.kernel.bpffs.rmdir(directory), 'ENOTEMPTY'),
    }));
}

function isInUse({ paths }: Context, survey: Survey, directory: string): boolean {
  const place = paths.describe(directory);
  if (place?.thing === 'maps') return survey.programs.has(place.programId);
  if (place?.thing !== 'revision') return false;
  const { key, revision } = place;
  return survey.dispatchers.some((each) => {
    const isSame = each.kind === key.kind && each.netns === key.netns && each.ifindex === key.ifindex;
    return isSame && each.revision === revision;
  });
}
