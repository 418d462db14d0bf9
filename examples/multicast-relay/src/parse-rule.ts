import { isIPv4 } from 'node:net';
import { RelayError } from './errors.ts';
import { formatInput, formatOutput, isGroupOutput, type Output, type RuleSpec } from './rule.ts';
import { MAX_INTERFACE_NAME_BYTES } from './system/interfaces.ts';
import { parseIpv4 } from './system/udp.ts';

/** A rule as it is written: on a command line, or in a request. */
export interface WrittenRule {
  readonly inputInterface?: string | undefined;
  readonly inputGroup?: string | undefined;
  readonly inputPort?: string | undefined;
  /** `239.2.2.2:6000:eth1,239.3.3.3:6001:eth2`, `devnull`. */
  readonly outputs?: string | undefined;
  readonly ttl?: string | undefined;
}

const MAX_OUTPUTS = 32;

/** @throws RelayError INVALID_ARGUMENT with every mistake */
export function parseRule(written: WrittenRule): RuleSpec {
  const mistakes: string[] = [];
  const rule: RuleSpec = {
    inputInterface: readInterface(mistakes, '--input-interface', written.inputInterface),
    inputGroup: readGroup(mistakes, '--input-group', written.inputGroup),
    inputPort: readNumber(mistakes, '--input-port', written.inputPort, [1, 65_535]),
    outputs: readOutputs(mistakes, written.outputs),
    ttl: written.ttl === undefined ? 1 : readNumber(mistakes, '--ttl', written.ttl, [1, 255]),
  };
  if (mistakes.length === 0) mistakes.push(...findLoops(rule));
  if (mistakes.length > 0) throw new RelayError('INVALID_ARGUMENT', `The rule cannot be used: ${mistakes.join('; ')}`);
  return rule;
}

function readOutputs(mistakes: string[], text: string | undefined): readonly Output[] {
  if (text === undefined || text.trim() === '') {
    mistakes.push('--outputs is missing: group:port:interface, with commas between several, or devnull');
    return [];
  }
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > MAX_OUTPUTS) mistakes.push(`--outputs has ${parts.length} entries, and may have ${MAX_OUTPUTS}`);
  for (const part of new Set(parts.filter((each, index) => parts.indexOf(each) < index)))
    mistakes.push(`--outputs has "${part}" more than once`);
  return parts.flatMap((part, index): readonly Output[] => {
    if (part === 'devnull') return ['devnull'];
    const place = `--outputs[${index}]`;
    const [group, port, device, ...rest] = part.split(':');
    if (device === undefined || rest.length > 0) {
      mistakes.push(`${place} must be group:port:interface or devnull, not "${part}"`);
      return [];
    }
    return [
      {
        group: readGroup(mistakes, `the group of ${place}`, group),
        port: readNumber(mistakes, `the port of ${place}`, port, [1, 65_535]),
        interface: readInterface(mistakes, `the interface of ${place}`, device),
      },
    ];
  });
}

/** What a rule sends to its own input would come back for ever. */
function findLoops(rule: RuleSpec): readonly string[] {
  const input = formatInput(rule);
  return rule.outputs
    .filter((output) => isGroupOutput(output) && formatOutput(output) === input)
    .map((output) => `the output ${formatOutput(output)} is the input, so that every packet would come back for ever`);
}

function readGroup(mistakes: string[], name: string, text: string | undefined): string {
  const isGroup = text !== undefined && isIPv4(text) && parseIpv4(text) >>> 28 === 0xe;
  if (!isGroup) mistakes.push(`${name} must be a multicast group of IPv4 such as 239.1.1.1${received(text)}`);
  return text ?? '';
}

function readNumber(
  mistakes: string[],
  name: string,
  text: string | undefined,
  [lowest, highest]: readonly [number, number],
): number {
  const isNumber = text !== undefined && /^\d{1,6}$/.test(text) && Number(text) >= lowest && Number(text) <= highest;
  if (!isNumber) mistakes.push(`${name} must be a whole number from ${lowest} to ${highest}${received(text)}`);
  return Number(text);
}

function readInterface(mistakes: string[], name: string, text: string | undefined): string {
  const bytes = Buffer.byteLength(text ?? '');
  const isName = text !== undefined && bytes >= 1 && bytes <= MAX_INTERFACE_NAME_BYTES && !/[\0/:\s]/.test(text);
  if (!isName)
    mistakes.push(
      `${name} must be the name of an interface, of up to ${MAX_INTERFACE_NAME_BYTES} bytes${received(text)}`,
    );
  return text ?? '';
}

function received(text: string | undefined): string {
  return text === undefined ? ', and is missing' : `, not "${text}"`;
}
