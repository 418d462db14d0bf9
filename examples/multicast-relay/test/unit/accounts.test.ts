import { describe, expect, test } from 'vitest';
import { RelayError } from '../../src/errors.ts';
import { parseRule } from '../../src/parse-rule.ts';
import { HandoverAccount } from '../../src/supervisor/handover-account.ts';
import { RestartPolicy } from '../../src/supervisor/restart-policy.ts';
import { describeState, RuleTable } from '../../src/supervisor/rule-table.ts';

describe('The account of what was handed over', () => {
  test('has lost nothing while everybody lives', () => {
    const account = new HandoverAccount();
    account.connected(1, 0);
    expect(account.lost).toBe(0);
  });

  test('has lost what an egress worker had and did not send, in whichever order its death is heard of', () => {
    const one = new HandoverAccount();
    one.connected(1, 0);
    one.disconnected(1, 100);
    one.egressDied(1, 70);
    const other = new HandoverAccount();
    other.connected(1, 0);
    other.egressDied(1, 70);
    expect(other.lost).toBe(0);
    other.disconnected(1, 100);
    expect([one.lost, other.lost]).toEqual([30, 30]);
  });

  test('sums over generations, and over connections of one generation', () => {
    const account = new HandoverAccount();
    account.connected(1, 0);
    account.ingressDied(50);
    // The counter of the next ingress worker begins anew.
    account.connected(1, 0);
    account.disconnected(1, 20);
    account.egressDied(1, 60);
    account.connected(2, 20);
    account.disconnected(2, 25);
    account.egressDied(2, 0);
    expect(account.lost).toBe(10 + 5);
  });
});

describe('Restarts', () => {
  test('are at once for a worker that has lived, and later and later for one that only dies', () => {
    const policy = new RestartPolicy();
    expect([5000, 10, 10, 10, 10].map((livedMs) => policy.delayMs(livedMs))).toEqual([0, 50, 100, 200, 400]);
    for (let times = 0; times < 10; times += 1) policy.delayMs(10);
    expect([policy.delayMs(10), policy.delayMs(5000)]).toEqual([2000, 0]);
  });
});

describe('The table of rules', () => {
  const rule = (group: string, outputs: string) =>
    parseRule({ inputInterface: 'eth0', inputGroup: group, inputPort: '5000', outputs });

  test('numbers them, and their outputs, which are used again', () => {
    const table = new RuleTable();
    table.add(rule('239.1.1.1', '239.2.2.2:6000:eth1,devnull,239.3.3.3:6000:eth1'), []);
    const second = table.add(rule('239.1.1.2', '239.2.2.2:6001:eth1'), []);
    expect([second.rule.id, second.firstOutput]).toEqual([2, 2]);
    table.remove(1);
    const third = table.add(rule('239.1.1.3', '239.2.2.2:6002:eth1'), [40, 7, 9]);
    expect([third.rule.id, third.firstOutput, third.sentBefore]).toEqual([3, 0, [40]]);
  });

  test('refuses a second rule for the same packets, and to remove what is not there', () => {
    const table = new RuleTable();
    table.add(rule('239.1.1.1', 'devnull'), []);
    expect(() => table.add(rule('239.1.1.1', '239.2.2.2:6000:eth1'), [])).toThrow(
      new RelayError(
        'ALREADY_EXISTS',
        'Rule 1 has the input 239.1.1.1:5000:eth0 already; remove it first, or give it more outputs',
      ),
    );
    expect(() => table.remove(2)).toThrow(new RelayError('NOT_FOUND', 'There is no rule 2: there are 1'));
  });

  test('tells who a rule waits for', () => {
    const entry = new RuleTable().add(rule('239.1.1.1', 'devnull'), []);
    expect(describeState(entry)).toBe('waits for the ingress worker and the egress worker');
    entry.states.egress = 'active';
    entry.states.ingress = { waitingFor: 'interface eth0 to come' };
    expect(describeState(entry)).toBe('waits for interface eth0 to come');
    entry.states.ingress = 'active';
    expect(describeState(entry)).toBe('active');
  });
});
