import { describe, expect, test } from 'vitest';
import { parseRule } from '../../src/parse-rule.ts';

const INPUT = { inputInterface: 'eth0', inputGroup: '239.1.1.1', inputPort: '5000' };

describe('A rule', () => {
  test('is read with its outputs, which have commas between', () => {
    expect(parseRule({ ...INPUT, outputs: '239.2.2.2:6000:eth1, 239.3.3.3:6001:eth2,devnull', ttl: '4' })).toEqual({
      inputInterface: 'eth0',
      inputGroup: '239.1.1.1',
      inputPort: 5000,
      outputs: [
        { group: '239.2.2.2', port: 6000, interface: 'eth1' },
        { group: '239.3.3.3', port: 6001, interface: 'eth2' },
        'devnull',
      ],
      ttl: 4,
    });
  });

  test('stays on the link unless it is told otherwise', () => {
    expect(parseRule({ ...INPUT, outputs: 'devnull' }).ttl).toBe(1);
  });

  test('is refused with every mistake at once', () => {
    const written = {
      inputGroup: '10.0.0.1',
      inputPort: '70000',
      outputs: '239.2.2.2:eth1,239.2.2.2:x:eth1',
      ttl: '0',
    };
    expect(() => parseRule(written)).toThrow(
      'The rule cannot be used: ' +
        '--input-interface must be the name of an interface, of up to 15 bytes, and is missing; ' +
        '--input-group must be a multicast group of IPv4 such as 239.1.1.1, not "10.0.0.1"; ' +
        '--input-port must be a whole number from 1 to 65535, not "70000"; ' +
        '--outputs[0] must be group:port:interface or devnull, not "239.2.2.2:eth1"; ' +
        'the port of --outputs[1] must be a whole number from 1 to 65535, not "x"; ' +
        '--ttl must be a whole number from 1 to 255, not "0"',
    );
  });

  test.for([
    ['', '--outputs is missing: group:port:interface, with commas between several, or devnull'],
    ['devnull,devnull', '--outputs has "devnull" more than once'],
    ['239.2.2.2:6000:eth1,', '--outputs[1] must be group:port:interface or devnull, not ""'],
    ['239.2.2.2:6000:a-name-of-sixteen', 'the interface of --outputs[0] must be the name of an interface, of up to 15'],
    ['240.0.0.1:6000:eth1', 'the group of --outputs[0] must be a multicast group of IPv4 such as 239.1.1.1'],
    [
      '239.1.1.1:5000:eth0',
      'the output 239.1.1.1:5000:eth0 is the input, so that every packet would come back for ever',
    ],
  ])('with the outputs "%s" is refused', ([outputs, message]) => {
    expect(() => parseRule({ ...INPUT, outputs })).toThrow(message);
  });

  test('may send to the group that it takes from, by another interface', () => {
    expect(parseRule({ ...INPUT, outputs: '239.1.1.1:5000:eth1' }).outputs).toHaveLength(1);
  });
});
