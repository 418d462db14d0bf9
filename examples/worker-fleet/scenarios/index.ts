import type { AnyScenario } from 'glovebox/scenarios';
import { checkpointHeavy } from './checkpoint-heavy.ts';
import { churn } from './churn.ts';
import { messageFlood } from './message-flood.ts';
import { mixedPriority } from './mixed-priority.ts';
import { thunderingHerd } from './thundering-herd.ts';

export { checkpointHeavy, churn, messageFlood, mixedPriority, thunderingHerd };

export const scenarios: readonly AnyScenario[] = [thunderingHerd, churn, messageFlood, checkpointHeavy, mixedPriority];
