import type { AnyScenario } from 'glovebox/scenarios';
import { churn } from './churn.ts';
import { roundTrips } from './round-trips.ts';
import { smallBroker } from './small-broker.ts';
import { tenThousandTasks } from './ten-thousand-tasks.ts';

/** In the order in which they are run. */
export const SCENARIOS: readonly AnyScenario[] = [tenThousandTasks, roundTrips, smallBroker, churn];
