import type { LedgerReport } from '../../netns/ledger/ledger-report.js';
import type { ProbeHost } from '../../netns/probe/probe-options.js';
import type { WaitOptions } from '../look.js';
import { type AddressOptions, expectAddress } from '../network/address.js';
import { assertConserves, type ConserveOptions, type StageCounts } from '../network/conserve.js';
import {
  type ExpectedCount,
  expectForwarded,
  type ForwardedOptions,
  type ForwardingSubject,
} from '../network/forwarded.js';
import { expectJoined, type JoinedGroupOptions, type JoiningSubject } from '../network/joined.js';
import { expectReach, type ReachingSubject, type ReachOptions } from '../network/reach.js';
import { type ExpectedRoute, expectRoute } from '../network/route.js';
import type { NetworkSubject } from '../network/subjects.js';
import { type MatcherContext, type MatcherResult, toExpectationResult, toMatcherResult } from './result.js';

/** The matchers about networks. All but `toConserve` wait: await them. */
export const networkMatchers = {
  /** A host has an address that may be used: {@link assertHasAddress}. */
  async toHaveAddress(
    this: MatcherContext,
    subject: NetworkSubject,
    address: string,
    options: AddressOptions = {},
  ): Promise<MatcherResult> {
    return toExpectationResult(this, expectAddress(subject, address, options), options);
  },
  /** A host has a route that is alive: {@link assertHasRoute}. */
  async toHaveRoute(
    this: MatcherContext,
    subject: NetworkSubject,
    route: ExpectedRoute,
    options: WaitOptions = {},
  ): Promise<MatcherResult> {
    return toExpectationResult(this, expectRoute(subject, route, options), options);
  },
  /** Packets of a group would come to a host: {@link assertHasJoined}. */
  async toHaveJoined(
    this: MatcherContext,
    subject: JoiningSubject,
    group: string,
    options: JoinedGroupOptions = {},
  ): Promise<MatcherResult> {
    return toExpectationResult(this, expectJoined(subject, group, options), options);
  },
  /** A host reaches another, or an address: {@link assertReaches}. */
  async toReach(
    this: MatcherContext,
    subject: ReachingSubject,
    target: string | ProbeHost,
    options: ReachOptions = {},
  ): Promise<MatcherResult> {
    const expectation = expectReach(subject, target, options, this.isNot !== true);
    // It waits by itself, and one answer is enough, for both.
    return toExpectationResult(
      this,
      { ...expectation, look: async () => ({ ...(await expectation.look()), isFinal: true }) },
      expectation,
    );
  },
  /** Packets were passed on: {@link assertHasForwarded}. */
  async toHaveForwarded(
    this: MatcherContext,
    subject: ForwardingSubject,
    count: ExpectedCount,
    options: ForwardedOptions = {},
  ): Promise<MatcherResult> {
    return toExpectationResult(this, expectForwarded(subject, count, options), options);
  },
  /** Nothing was lost between stages: {@link assertConserves}. */
  toConserve(subject: StageCounts | LedgerReport, options: ConserveOptions = {}): MatcherResult {
    return toMatcherResult(
      () => assertConserves(subject, options),
      'expected packets to be lost between the stages, and all of them went through',
    );
  },
};
